package dev.lanewise.model.chat.jinja;

import static dev.lanewise.model.chat.jinja.Rendering.failure;
import static dev.lanewise.model.chat.jinja.Rendering.render;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What goes beyond plain Jinja2 or differs from it on purpose, and what errors say. */
class LanguageTest {
  @Test
  void rendersTheBodyOfAGenerationBlock() {
    assertEquals(
        "a\nbc",
        render("{% for x in ['b'] %}a\n{% generation %}\n{{ x }}{% endgeneration %}c{% endfor %}"));
  }

  @Test
  void readsJson() {
    assertEquals(
        "{'a': [1, 2.5, True, None, 'xé\\n']} 3",
        render(
            "{{ t|from_json }} {{ '3'|from_json }}",
            Map.of("t", "{\"a\": [1, 2.5, true, null, \"x\\u00e9\\n\"]}")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"{", "[1,]", "{\"a\"}", "01", "tru", "\"\\x\"", "[1] 2", "''", "\"\\u00g0\""})
  void refusesMalformedJson(String json) {
    assertTrue(
        failure("{{ " + "'" + json.replace("\\", "\\\\").replace("'", "\\'") + "'|from_json }}")
            .getMessage()
            .contains("JSON"));
  }

  @Test
  void refusesToChangeListsAndDicts() {
    for (String call :
        new String[] {"[1].append(2)", "[1].pop()", "{'a': 1}.update({})", "{'a': 1}.pop('a')"}) {
      assertTrue(failure("{{ " + call + " }}").getMessage().contains("not allowed"), call);
    }
  }

  @Test
  void refusesKeysThatCouldMakeADictSlow() {
    assertTrue(failure("{{ {1.5: 2} }}").getMessage().contains("dict key"));
    assertTrue(failure("{{ {(1, 2): 2} }}").getMessage().contains("dict key"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "3 | `a\n\n{% foo %}`",
        "2 | `a\n{{ x. }}`",
        "2 | `{% if x %}\n{{ 1 + }}{% endif %}`",
        "3 | `{{ x\n}}\n{{ [1, 2 }}`",
        "2 | `{# a\n#}{{ 'a' is nosuch }}`",
        "5 | `{% set x = 'a\nb\n' %}\n\n{{ raise_exception('x') }}`",
        "3 | `{% macro f() %}\n{{ 1 }}\n{{ 1 + 'a' }}{% endmacro %}\n{{ f() }}`",
        "4 | `{% macro f() %}\n{{ 1 }}\n{% endmacro %}\n{{ f() + 1 }}`",
        "2 | `{% for x in [1] %}\n{{ x.y.z }}{% endfor %}`",
        "2 | `{% raw %}\n{% endraw %}{{ }}`"
      })
  void namesTheLine(int line, String template) {
    assertEquals(line, failure(template).line(), template);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "8  | `{{ x | nosuch }}`",
        "16 | `{{ x }}{{ y is nosuch }}`",
        "10 | `{{ 'a\nb' }} {% foo %}`",
        "8  | `a\n{{ 1 + }}`",
        "2  | `a\n {# never closed`",
        "5  | `{% set x = (1,\n  2 ] %}`",
        "3  | `{% if x %}\nab`",
      })
  void namesTheColumnOfASyntaxError(int column, String template) {
    assertEquals(column, failure(template).column(), template);
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '`',
      value = {
        "{{ x | nosuch }} => No filter named 'nosuch'.",
        "{{ x is nosuch }} => No test named 'nosuch'.",
        "{% include 'a' %} => Encountered unknown tag 'include'.",
        "{% break %} => 'break' outside of a loop",
        "{{ [1 } }} => `unexpected '}', expected ']'`",
        "{{ x.y }} => 'x' is undefined",
        "{{ none.y.z }} => 'None' has no attribute 'y'",
        "{{ {}.y.z }} => 'dict object' has no attribute 'y'",
        "{{ 1(2) }} => 'int' object is not callable",
        "{{ 'a'.split(1) }} => `split() argument 'sep' must be str, not int`",
        "{{ 'a'.split(x=1) }} => split() got an unexpected keyword argument 'x'"
      })
  void saysWhatIsWrong(String template, String message) {
    assertEquals(message, failure(template).getMessage());
  }

  @Test
  void keepsErrorMessagesShort() {
    assertEquals(2000, failure("{{ raise_exception('x' * 100000) }}").getMessage().length());
  }

  @Test
  void formatsTheTime() {
    assertEquals(
        "Mon Monday Mar March 09  9 26 2026 14 02 05 07 PM 068 2026-03-09 9 % 10",
        render("{{ strftime_now('%a %A %b %B %d %e %y %Y %H %I %M %S %p %j %F %-d %% %W') }}"));
  }
}
