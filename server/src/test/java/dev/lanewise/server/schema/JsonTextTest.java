package dev.lanewise.server.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.engine.grammar.Grammar;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The form of the texts: strings, numbers, and the white space between. */
final class JsonTextTest {
  private static final Grammar ANY_OBJECT = SchemaGrammar.anyObject();

  private static Grammar grammar(String schema) throws JsonProcessingException {
    return SchemaGrammar.of(new ObjectMapper().readTree(schema));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{ }",
        "{\"a\":1}",
        "{\"a\": 1, \"b\": [1, 2]}",
        "{ \"a\": [ ], \"b\": {} }",
        "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {\n    \"c\": null\n  }\n}",
        "{\"a\":[-0.5,1e9,2.5E-10,0,123456789012345678,true,false,null,\"\",{}]}",
        "{\"\\u00e9\\n\\ud83d\\ude00\":\"\\\"\\\\\\/\u007f😀\"}",
      })
  void admitsObjectsAsTheyAreWritten(String text) {
    assertTrue(TextMatcher.matches(ANY_OBJECT, text), text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "null",
        " {}",
        "{} ",
        "{}\n",
        "{\n\n}",
        "{  \"a\":1}",
        "{\"a\" :1}",
        "{\"a\":  1}",
        "{\"a\":\n1}",
        "{\"a\":1 ,\"b\":2}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{\"a\":01}",
        "{\"a\":.5}",
        "{\"a\":1.}",
        "{\"a\":+1}",
        "{\"a\":1e100}",
        "{\"a\":1234567890123456789}",
        "{\"a\":\"\u0001\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\ud83d\"}",
        "{\"a\":\"\\ude00\\ud83d\"}",
        "{\"a\":\"\\ud83dx\"}",
      })
  void refusesOtherTexts(String text) {
    assertFalse(TextMatcher.matches(ANY_OBJECT, text), text);
  }

  @Test
  void admitsOnlyObjectsThatAParserReads() throws JsonProcessingException {
    RandomText texts = new RandomText(ANY_OBJECT, new Random(4));
    for (int i = 0; i < 500; i++) {
      assertTrue(new ObjectMapper().readTree(texts.next()).isObject());
    }
  }

  @Test
  void boundsIndentation() {
    assertTrue(TextMatcher.matches(ANY_OBJECT, "{\n" + " ".repeat(32) + "}"));
    assertFalse(TextMatcher.matches(ANY_OBJECT, "{\n" + " ".repeat(33) + "}"));
  }

  @Test
  void countsCharactersHoweverTheyAreWritten() throws JsonProcessingException {
    Grammar two = grammar("{\"type\":\"string\",\"minLength\":2,\"maxLength\":2}");
    for (String text : new String[] {"ab", "😀é", "\\ud83d\\ude00\\n", "\\u0041\\\\"}) {
      assertTrue(TextMatcher.matches(two, '"' + text + '"'), text);
      assertFalse(TextMatcher.matches(two, '"' + text + "x\""), text);
    }
    assertFalse(TextMatcher.matches(two, "\"\\ud83d\\ude00\""));
  }

  @Test
  void takesSchemasWithoutTypeForWhatTheirKeywordsAreAbout() throws JsonProcessingException {
    assertFalse(TextMatcher.matches(grammar("{\"properties\":{}}"), "1"));
    assertFalse(TextMatcher.matches(grammar("{\"minLength\":1}"), "1"));
    for (String schema : new String[] {"{}", "true", "{\"title\":\"anything\"}"}) {
      for (String text : new String[] {"1", "\"a\"", "[{\"a\": []}]", "null", "true"}) {
        assertTrue(TextMatcher.matches(grammar(schema), text), text);
      }
    }
  }

  @Test
  void admitsUnlistedPropertiesOnlyWhereTheSchemaSaysSo() throws JsonProcessingException {
    String unlisted = "{\"x\": 1}";
    assertTrue(TextMatcher.matches(grammar("{\"type\":\"object\"}"), unlisted));
    assertFalse(TextMatcher.matches(grammar("{\"properties\":{\"a\":{}}}"), unlisted));
    assertTrue(
        TextMatcher.matches(
            grammar("{\"properties\":{\"a\":{}},\"additionalProperties\":true}"), unlisted));
    assertTrue(TextMatcher.matches(grammar("{\"required\":[\"x\"]}"), unlisted));
  }

  @Test
  void doesNotTakeListedPropertiesForUnlistedOnes() throws JsonProcessingException {
    Grammar grammar =
        grammar(
            "{\"properties\":{\"ab\":{\"type\":\"null\"},\"abc\":{\"type\":\"null\"},\"x\":false},"
                + "\"additionalProperties\":{\"type\":\"integer\"}}");
    for (String name : new String[] {"", "a", "b", "abd", "abcd", "xx", "é"}) {
      String text = "{\"" + name + "\": 1}";
      assertTrue(TextMatcher.matches(grammar, text), text);
    }
    for (String name : new String[] {"ab", "abc", "x", "\\u0061b"}) {
      String text = "{\"" + name + "\": 1}";
      assertFalse(TextMatcher.matches(grammar, text), text);
    }
    assertTrue(TextMatcher.matches(grammar, "{\"abc\": null, \"d\": 1, \"e\": 2}"));
  }

  @Test
  void describesManyOptionalPropertiesWithoutTryingAllPairs() throws JsonProcessingException {
    StringBuilder properties = new StringBuilder("\"p\":{}");
    for (int i = 0; i < 900; i++) {
      properties.append(",\"p").append(i).append("\":{\"type\":\"boolean\"}");
    }
    Grammar grammar = grammar("{\"properties\":{" + properties + "}}");
    assertTrue(TextMatcher.matches(grammar, "{\"p0\": true, \"p450\": false, \"p899\": true}"));
    assertTrue(TextMatcher.matches(grammar, "{\"p899\": true}"));
    assertTrue(TextMatcher.matches(grammar, "{}"));
    assertFalse(TextMatcher.matches(grammar, "{\"p450\": true, \"p0\": true}"));
  }

  @Test
  void leavesOutRulesThatAreNotUsed() throws JsonProcessingException {
    assertEquals(1, grammar("{\"type\":\"null\"}").rules().size());
  }

  @Test
  void limitsTheLengthOfPatternsWithOnePartThatVaries() throws JsonProcessingException {
    Grammar grammar =
        grammar("{\"pattern\":\"^[a-z]+$|^[0-9]{2,}$\",\"minLength\":3,\"maxLength\":5}");
    for (String inside : new String[] {"abc", "abcde", "123", "12345"}) {
      assertTrue(TextMatcher.matches(grammar, '"' + inside + '"'), inside);
    }
    for (String outside : new String[] {"ab", "abcdef", "12", "123456", "ab1"}) {
      assertFalse(TextMatcher.matches(grammar, '"' + outside + '"'), outside);
    }
    assertTrue(
        TextMatcher.matches(
            grammar("{\"pattern\":\"^[a-z]+$\",\"minLength\":3}"), '"' + "a".repeat(500) + '"'));
  }
}
