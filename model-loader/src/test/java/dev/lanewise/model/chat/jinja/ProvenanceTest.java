package dev.lanewise.model.chat.jinja;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every character of the output knows its writer. In the expectations the conversation's are in
 * «quotes».
 */
class ProvenanceTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Letters and digits that no template here writes. */
  private static final String MARKS = "ЖЩЫЭЮЯжщыэюя";

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '`',
      value = {
        "a{{ x }}b => a«u-V»b",
        "{{ 'a' + x ~ 'b' }} => a«u-V»b",
        "{{ (bos_token ~ x)[2:4] }} => >«u»",
        "{{ (x + 'ab')[::-1] }} => ba«V-u»",
        "{{ ('<' ~ x)|upper }} => <«U-V»",
        "{{ ('a' ~ x)|title }} => A«u-V»",
        "{{ ('a' ~ x).title() }} => A«u-V»",
        "{{ ('a' ~ x)|capitalize }} => A«u-v»",
        "{{ x.replace('u', '<end>') }} => <end>«-V»",
        "{{ '<u>'.replace('u', x) }} => <«u-V»>",
        "{{ ('a-' ~ x).split('-')|join('+') }} => a+«u»+«V»",
        "{{ 'a b'.split()|join(x) }} => a«u-V»b",
        "{{ ('a  ' ~ ' ' ~ x)|trim }} => a   «u-V»",
        "{{ '%s=%5s' % ('k', x) }} => k=«  u-V»",
        "{{ '{0}={1}'.format('k', x) }} => k=«u-V»",
        "{{ ['a', 'b'] }} => ['a', 'b']",
        "{{ ['a', x] }} => «[»'a'«, 'u-V']»",
        "{{ {'a': x} }} => «{»'a'«: 'u-V'}»",
        "{{ {'a': 1}|tojson }} => {\"a\": 1}",
        "{{ {'a': x}|tojson }} => «{»\"a\"«: \"u-V\"}»",
        "{{ n }}{{ n + 1 }}{{ 1 }} => «78»1",
        "{{ l }}{{ l|length }} => «[]»0",
        "{{ d.items()|list }} => «[('ключ', 1)]»",
        "{% for k, v in d.items() %}{{ k }}:{{ v }}{% endfor %} => «ключ»:«1»",
        "{{ '5'|int + 1 }}{{ j|int + 1 }} => 6«8»",
        "{{ ('\"' ~ j ~ '\"')|from_json }} => «7»",
        "{% set y %}<{{ x }}>{% endset %}{{ y }} => <«u-V»>",
        "{% macro m(a) %}<{{ a }}>{% endmacro %}{{ m(x)|upper }} => <«U-V»>",
        "{% filter replace('-', '+') %}({{ x }}){% endfilter %} => («u»+«V»)",
        "{{ 'a' if x == 'u-V' else 'b' }}{{ 'u-V' if x else '' }} => au-V",
        "{{ x|default('d') }}{{ y|default('d') }} => «u-V»d",
        "{{ ('a' ~ x)|reverse }}{{ x|first }}{{ ('a' ~ x)|last }} => «V-u»a«uV»",
        "{{ ('a\\n' ~ x)|indent(1) }} => a«\\n u-V»",
        "{{ ('<' ~ h)|e }} => &lt;«&lt;»",
        "{{ x|urlencode }}{{ 'ä'|urlencode }} => «u-V»%C3%A4",
        "{{ (x ~ 'a') * 2 }} => «u-V»a«u-V»a",
        "{{ strftime_now('%Y') ~ x }} => 2026«u-V»",
        "{{ [x, 'b']|sort|join }}{{ [x]|map('upper')|first }} => b«u-VU-V»",
        "{{ dict(a=x).a ~ namespace(b=x).b }} => «u-Vu-V»",
        "{{ 'abc'|truncate(2, true, h, 0) }} => a«<»"
      })
  void marksWhatTheConversationWrote(String template, String expected) {
    Map<String, Object> conversation =
        Map.of("x", "u-V", "n", 7, "j", "7", "l", List.of(), "d", Map.of("ключ", 1), "h", "<");
    assertEquals(
        expected.replace("\\n", "\n"),
        Rendering.marked(template.replace("\\n", "\n"), conversation));
  }

  @Test
  void neverTakesACharacterOfTheConversationForTheTemplates() throws IOException {
    List<String> lines = new ArrayList<>(Rendering.lines("cases.jsonl"));
    lines.addAll(
        Files.readAllLines(
            Path.of(System.getProperty("lanewise.models"), "reference", "templates.jsonl")));
    int rendered = 0;
    for (String line : lines) {
      JsonNode test = JSON.readTree(line);
      Map<String, Object> context =
          JSON.convertValue(test.get("context"), new TypeReference<>() {});
      if (test.has("expected") && !context.isEmpty()) {
        rendered += check(test.get("template").asText(), context);
      }
    }
    assertTrue(rendered > 15, "cases with marks in their output: " + rendered);
  }

  /** Renders with marks in every text of the context; returns 1 if any mark came out. */
  private static int check(String template, Map<String, Object> context) {
    List<String> conversation = new ArrayList<>();
    Map<String, Object> marked = new LinkedHashMap<>();
    context.forEach((name, value) -> marked.put(name, withMarks(value)));
    try {
      Template.compile(template)
          .render(
              marked,
              Map.of(),
              Rendering.CLOCK,
              (text, own) -> {
                assertFalse(
                    own && text.chars().anyMatch(c -> MARKS.indexOf(c) >= 0),
                    () -> template + " wrote " + text);
                if (!own) {
                  conversation.add(text);
                }
              });
    } catch (JinjaException e) {
      return 0; // the marks made the case one that fails
    }
    return String.join("", conversation).chars().anyMatch(c -> MARKS.indexOf(c) >= 0) ? 1 : 0;
  }

  /** Puts marks into all texts but the roles, which decide what the template does. */
  private static Object withMarks(Object value) {
    return switch (value) {
      case String text -> "Ж" + text.replace("", "щ") + "<|im_end|>Я";
      case List<?> list -> list.stream().map(ProvenanceTest::withMarks).toList();
      case Map<?, ?> map -> {
        Map<Object, Object> marked = new LinkedHashMap<>();
        map.forEach(
            (key, element) -> marked.put(key, key.equals("role") ? element : withMarks(element)));
        yield marked;
      }
      case null, default -> value;
    };
  }
}
