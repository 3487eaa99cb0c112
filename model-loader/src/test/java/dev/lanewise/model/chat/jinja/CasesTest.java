package dev.lanewise.model.chat.jinja;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Templates with what Python's Jinja2 3.1 renders from them, or that it refuses them. */
class CasesTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TestFactory
  Stream<DynamicTest> rendersTheReferenceCases() throws IOException {
    Path cases = Path.of(System.getProperty("lanewise.models"), "reference", "templates.jsonl");
    return Files.readAllLines(cases).stream().map(CasesTest::test);
  }

  @TestFactory
  Stream<DynamicTest> rendersOurCases() throws IOException {
    return Rendering.lines("cases.jsonl").stream().map(CasesTest::test);
  }

  private static DynamicTest test(String line) {
    JsonNode test = read(line);
    String template = test.get("template").asText();
    Map<String, Object> context = JSON.convertValue(test.get("context"), new TypeReference<>() {});
    return DynamicTest.dynamicTest(
        template,
        () -> {
          if (test.has("error")) {
            assertThrows(JinjaException.class, () -> Rendering.render(template, context));
          } else {
            assertEquals(test.get("expected").asText(), Rendering.render(template, context));
          }
        });
  }

  private static JsonNode read(String line) {
    try {
      return JSON.readTree(line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
