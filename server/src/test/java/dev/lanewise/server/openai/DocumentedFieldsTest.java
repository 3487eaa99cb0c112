package dev.lanewise.server.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The fields of requests that generate, in openapi.yaml and in the code. */
final class DocumentedFieldsTest {
  private static Set<String> documented(String schema) throws IOException {
    try (InputStream in = DocumentedFieldsTest.class.getResourceAsStream("/openapi.yaml")) {
      JsonNode document = new ObjectMapper(new YAMLFactory()).readTree(in);
      return document.at("/components/schemas/" + schema + "/properties").properties().stream()
          .map(Map.Entry::getKey)
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  @Test
  void areTheSame() throws IOException {
    assertEquals(new TreeSet<>(FieldRules.CHAT.known()), documented("ChatFields"));
    assertEquals(new TreeSet<>(FieldRules.COMPLETION.known()), documented("CompletionRequest"));
    assertEquals(new TreeSet<>(FieldRules.RESPONSE.known()), documented("ResponseRequest"));
  }
}
