package dev.lanewise.model.chat.jinja;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Templates that would take the memory, the stack or the time of the server get an error instead.
 */
class HostileTemplateTest {
  @TestFactory
  Stream<DynamicTest> refuses() {
    int many = 100_000;
    return Map.ofEntries(
            Map.entry(
                "nested parentheses", "{{ " + "(".repeat(many) + "1" + ")".repeat(many) + " }}"),
            Map.entry("nested lists", "{{ " + "[".repeat(many) + "]".repeat(many) + " }}"),
            Map.entry("nested dicts", "{{ " + "{1:".repeat(many) + "1" + "}".repeat(many) + " }}"),
            Map.entry(
                "nested calls", "{{ " + "range(".repeat(many) + "1" + ")".repeat(many) + " }}"),
            Map.entry(
                "nested subscripts", "{{ " + "x[".repeat(many) + "1" + "]".repeat(many) + " }}"),
            Map.entry("a row of not", "{{ " + "not ".repeat(many) + "1 }}"),
            Map.entry("a row of minus", "{{ " + "-".repeat(many) + "1 }}"),
            Map.entry("a row of plus", "{{ 1" + " + 1".repeat(many) + " }}"),
            Map.entry("a row of and", "{{ 1" + " and 1".repeat(many) + " }}"),
            Map.entry("a row of else", "{{ 1" + " if x else 1".repeat(many) + " }}"),
            Map.entry("a row of if", "{{ 1" + " if 1".repeat(many) + " }}"),
            Map.entry("a row of powers", "{{ 1" + " ** 1".repeat(many) + " }}"),
            Map.entry("a row of filters", "{{ 1" + "|string".repeat(many) + " }}"),
            Map.entry("a row of attributes", "{{ x" + ".a".repeat(many) + " }}"),
            Map.entry("nested ifs", "{% if 1 %}".repeat(many) + "{% endif %}".repeat(many)),
            Map.entry(
                "nested loops", "{% for x in [1] %}".repeat(many) + "{% endfor %}".repeat(many)),
            Map.entry(
                "nested targets",
                "{% for " + "(".repeat(many) + "x" + ")".repeat(many) + " in y %}{% endfor %}"),
            Map.entry("endless recursion", "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"),
            Map.entry("a macro in its default", "{% macro f(x=f()) %}{% endmacro %}{{ f() }}"),
            Map.entry(
                "endless loop recursion",
                "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}"),
            Map.entry(
                "callers calling",
                "{% macro f() %}{% call f() %}{% endcall %}{% endmacro %}{{ f() }}"),
            Map.entry(
                "nested values",
                "{% set n = namespace(x=[]) %}{% for i in range(1000) %}{% set n.x = [n.x] %}{% endfor %}"),
            Map.entry(
                "doubling values",
                "{% set n = namespace(x=[1]) %}{% for i in range(99) %}{% set n.x = [n.x, n.x] %}{% endfor %}"),
            Map.entry(
                "doubling texts",
                "{% set n = namespace(x='ab') %}{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}"),
            Map.entry(
                "doubling by replace",
                "{% set n = namespace(x='aa') %}{% for i in range(99) %}{% set n.x = n.x|replace('a', 'aa') %}{% endfor %}"),
            Map.entry(
                "doubling by join",
                "{% set n = namespace(x='ab') %}{% for i in range(99) %}{% set n.x = n.x.join([n.x, n.x]) %}{% endfor %}"),
            Map.entry(
                "many texts",
                "{% set n = namespace(x=[]) %}{% for i in range(99999) %}{% set n.x = n.x + ['a' * 9999999] %}{% endfor %}"),
            Map.entry("many lines", "{{ ('\\n' * 10000000).splitlines()|length }}"),
            Map.entry("many words", "{{ ('a ' * 8000000).split()|length }}"),
            Map.entry("many characters", "{{ ('a' * 16000000)|list|length }}"),
            Map.entry(
                "large sort keys",
                "{% set l = ['A' * 16000000] * 7 %}{% for i in range(99999) %}{% set m = l|sort %}{% endfor %}"),
            Map.entry(
                "large tests",
                "{% set a = 'A' * 16000000 %}{% for i in range(99999) %}{{ a is upper }}{% endfor %}"),
            Map.entry(
                "many elements",
                "{% set n = namespace(x=[0]) %}{% for i in range(99) %}{% set n.x = n.x * 2 %}{% endfor %}"),
            Map.entry("a repeated text", "{{ 'a' * 10 ** 12 }}"),
            Map.entry("a repeated list", "{{ [1] * 10 ** 9 }}"),
            Map.entry(
                "a repeated empty text",
                "{% for i in range(99999) %}{% for j in range(99999) %}{{ '' * 10 ** 9 }}{% endfor %}{% endfor %}"),
            Map.entry("a tower of powers", "{{ 9 ** (9 ** 9) }}"),
            Map.entry("a power of a large number", "{{ 9 ** (10 ** 30) }}"),
            Map.entry(
                "a growing product",
                "{% set n = namespace(x=99) %}{% for i in range(99) %}{% set n.x = n.x * n.x %}{% endfor %}"),
            Map.entry("many digits", "{{ " + "9".repeat(many) + " }}"),
            Map.entry("a long range", "{{ range(10 ** 9) }}"),
            Map.entry("wide formats", "{{ '%999999999d' % 1 }}"),
            Map.entry("a wide text format", "{{ '{:999999999}'.format('a') }}"),
            Map.entry("a precise format", "{{ '%.999999999f' % 1 }}"),
            Map.entry("a wide center", "{{ 'a'|center(10 ** 10) }}"),
            Map.entry("a wide indent", "{{ 'a'|indent(10 ** 10, true) }}"),
            Map.entry("a wide json indent", "{{ [[1]]|tojson(indent=10 ** 10) }}"),
            Map.entry("a large batch", "{{ [1]|batch(10 ** 9, 'x')|list }}"),
            Map.entry("many slices", "{{ [1]|slice(10 ** 9)|list }}"),
            Map.entry(
                "loops in loops",
                "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"),
            Map.entry(
                "a long output",
                "{% for a in range(99999) %}{{ 'abcdefghij' * 1000 }}{% endfor %}"),
            Map.entry(
                "a slow search",
                "{% set a = 'a' * 8000000 %}{% set b = 'a' * 4000000 + 'b' %}{{ b in a }}"),
            Map.entry(
                "slow counts",
                "{% set a = 'a' * 4000000 %}{% for i in range(99999) %}{{ a.count('b') }}{% endfor %}"),
            Map.entry("a broken string", "{{ 'abc }}"),
            Map.entry("a broken tag", "{% if x"),
            Map.entry("a broken comment", "{# x"),
            Map.entry("a lone tag begin", "{%"),
            Map.entry("a sign at the end", "{{-"),
            Map.entry("a sign before the end", "{{--}}"),
            Map.entry("too much source", " ".repeat(Limits.SOURCE + 1)))
        .entrySet()
        .stream()
        .sorted(Map.Entry.comparingByKey())
        .map(
            entry ->
                DynamicTest.dynamicTest(entry.getKey(), () -> Rendering.failure(entry.getValue())));
  }

  @Test
  void fitsASmallStackAtTheDeepestItAllows() throws InterruptedException {
    String deep = "{{ " + "(".repeat(100) + "f(x - 1)" + ")".repeat(100) + " }}";
    String template =
        "{% macro f(x) %}{% if x > 0 %}" + deep + "{% endif %}{% endmacro %}{{ f(9999) }}";
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread thread =
        new Thread(
            null,
            () -> {
              try {
                Rendering.failure("{{ " + "[".repeat(1000));
                Rendering.failure("{{ 1" + " + 1".repeat(5000) + " }}");
                Rendering.failure(template);
                Rendering.failure("{% macro f(x=f()) %}{% endmacro %}{{ f() }}");
                Rendering.failure("{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}");
                Rendering.failure(
                    "{% macro f() %}{% call f() %}{% endcall %}{% endmacro %}{{ f() }}");
              } catch (Throwable t) {
                thrown.set(t);
              }
            },
            "small stack",
            640 << 10);
    thread.start();
    thread.join();
    assertEquals(null, thrown.get());
  }

  @Test
  void refusesAConversationThatNestsTooDeep() {
    List<Object> nested = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      nested = new ArrayList<>(List.of(nested));
    }
    Map<String, Object> conversation = Map.of("x", nested);
    assertThrows(JinjaException.class, () -> Rendering.render("{{ 1 }}", conversation));
  }

  @Test
  void stillRendersWhatIsMerelyLarge() {
    List<Map<String, String>> messages = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      messages.add(
          Map.of(
              "role",
              i % 2 == 0 ? "user" : "assistant",
              "content",
              " <think>h</think> some words".repeat(70)));
    }
    String template =
        "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('x') }}{% endif %}"
            + "{% if '</think>' in m.content %}{{ m.content.split('</think>')[-1].lstrip('\\n') }}{% endif %}"
            + "{{ m.content | trim }}{{ messages | length }}{{ messages[1:] | length }}{% if loop.last %}end{% endif %}{% endfor %}";
    assertTrue(Rendering.render(template, Map.of("messages", messages)).endsWith("end"));
  }

  @Test
  void compilesManyArgumentsAndMacros() {
    String macros = "{% macro f() %}{{ varargs }}{% endmacro %}".repeat(20_000);
    assertEquals("", Rendering.render(macros));
    assertEquals(
        "", Rendering.render("{% if x %}{{ x(" + "1,".repeat(300_000) + ") }}{% endif %}"));
  }

  @Test
  void nestsAsDeepAsTemplatesDo() {
    assertEquals("7", Rendering.render("{{ " + "(".repeat(100) + "7" + ")".repeat(100) + " }}"));
    String template =
        "{% macro f(n) %}{% if n > 0 %}{% for i in [1] %}{% if true %}{{ f(n - 1) }}{% endif %}{% endfor %}{% endif %}x{% endmacro %}{{ f(20) }}";
    assertEquals("x".repeat(21), Rendering.render(template));
  }
}
