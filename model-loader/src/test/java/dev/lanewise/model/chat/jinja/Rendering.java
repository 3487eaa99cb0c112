package dev.lanewise.model.chat.jinja;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;

/** Renders templates for tests. */
final class Rendering {
  /** When the reference cases were made. */
  static final Clock CLOCK = Clock.fixed(Instant.parse("2026-03-09T14:05:07Z"), ZoneOffset.UTC);

  private Rendering() {}

  static String render(String template) {
    return render(template, Map.of());
  }

  static String render(String template, Map<String, ?> conversation) {
    StringBuilder result = new StringBuilder();
    Template.compile(template)
        .render(conversation, Map.of(), CLOCK, (text, own) -> result.append(text));
    return result.toString();
  }

  /** The output with what the conversation wrote in angle quotes. */
  static String marked(String template, Map<String, ?> conversation) {
    StringBuilder result = new StringBuilder();
    Template.compile(template)
        .render(
            conversation,
            Map.of("bos_token", "<s>"),
            CLOCK,
            (text, own) -> result.append(own ? text : "«" + text + "»"));
    return result.toString();
  }

  /** The lines of a resource. */
  static List<String> lines(String resource) throws IOException {
    try (InputStream stream = Rendering.class.getResourceAsStream(resource)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  static JinjaException failure(String template) {
    return assertThrows(JinjaException.class, () -> render(template));
  }
}
