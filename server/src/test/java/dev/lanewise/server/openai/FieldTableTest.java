package dev.lanewise.server.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The table of docs/api.md that has every field of OpenAI's specification, and the test of each.
 */
final class FieldTableTest {
  private static final Path TESTS = Path.of("src/test/java/dev/lanewise/server");
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");

  private static List<String[]> rows() throws IOException {
    String page = Files.readString(Path.of("../docs/api.md"));
    return page.substring(page.indexOf("| field | here | test |"))
        .lines()
        .skip(2)
        .takeWhile(line -> line.startsWith("|"))
        .map(line -> line.split("\\|"))
        .toList();
  }

  private static List<String> codes(String cell) {
    return CODE.matcher(cell).results().map((MatchResult match) -> match.group(1)).toList();
  }

  private static void collect(JsonNode schema, JsonNode schemas, Set<String> fields) {
    schema.path("properties").properties().stream().map(Map.Entry::getKey).forEach(fields::add);
    for (JsonNode part : schema.path("allOf")) {
      collect(part, schemas, fields);
    }
    String reference = schema.path("$ref").asText();
    if (!reference.isEmpty()) {
      collect(schemas.get(reference.substring(reference.lastIndexOf('/') + 1)), schemas, fields);
    }
  }

  @Test
  void hasEveryFieldOfTheSpecification() throws IOException {
    Set<String> specified = new TreeSet<>();
    try (InputStream in = FieldTableTest.class.getResourceAsStream("/openai/schemas.json")) {
      JsonNode schemas = new ObjectMapper().readTree(in).at("/components/schemas");
      for (String name :
          List.of("CreateChatCompletionRequest", "CreateCompletionRequest", "CreateResponse")) {
        collect(schemas.get(name), schemas, specified);
      }
    }
    Set<String> described =
        rows().stream()
            .flatMap(row -> codes(row[1]).stream())
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(specified, described);
  }

  @Test
  void namesTestsThatExist() throws IOException {
    for (String[] row : rows()) {
      assertTrue(!codes(row[3]).isEmpty(), row[1] + " has no test");
      String source = "";
      for (String test : codes(row[3])) {
        String[] parts = test.replace("...", "").split("\\.");
        if (Character.isUpperCase(parts[0].charAt(0))) { // else another method of the same class
          source = Files.readString(source(parts[0]));
        }
        String method = parts[parts.length - 1];
        if (!method.endsWith("Test")) {
          assertTrue(source.contains("void " + method), test);
        }
      }
    }
  }

  private static Path source(String test) throws IOException {
    try (var files = Files.walk(TESTS)) {
      return files
          .filter(file -> file.endsWith(test + ".java"))
          .findFirst()
          .orElseThrow(() -> new AssertionError("there is no " + test));
    }
  }
}
