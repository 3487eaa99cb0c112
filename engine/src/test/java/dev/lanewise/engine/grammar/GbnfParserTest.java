package dev.lanewise.engine.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.grammar.Expression.Choice;
import dev.lanewise.engine.grammar.Expression.Literal;
import dev.lanewise.engine.grammar.Expression.OneOf;
import dev.lanewise.engine.grammar.Expression.Repeat;
import dev.lanewise.engine.grammar.Expression.Rule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GbnfParserTest {
  private static Expression root(String body) {
    return GbnfParser.parse("root ::= " + body).rules().get("root");
  }

  private static String errorOf(String text) {
    return assertThrows(GrammarError.class, () -> GbnfParser.parse(text)).getMessage();
  }

  @Test
  void readsLiteralsWithEscapes() {
    assertEquals(
        new Literal("a\n\t\r\\\"[]-\u00e9\u4e2d\ud83d\ude00"),
        root("\"a\\n\\t\\r\\\\\\\"\\[\\]\\-\\xe9\\u4e2D\\U0001F600\""));
    assertEquals(new Literal(""), root("\"\""));
    assertEquals(new Literal("\ud83d\ude00"), root("\"\ud83d\ude00\""));
  }

  @Test
  void readsSetsOfCharacters() {
    Characters letters = Characters.of(new Characters.Range('a', 'z'));
    assertEquals(new OneOf(letters), root("[a-z]"));
    assertEquals(new OneOf(letters.others()), root("[^a-z]"));
    assertEquals(new OneOf(letters.and(Characters.of("-^]\n"))), root("[a-z^\\]\\n-]"));
    assertEquals(new OneOf(Characters.ALL), root("."));
    assertEquals(
        new OneOf(Characters.of(new Characters.Range(0x1f600, 0x1f64f))),
        root("[\ud83d\ude00-\\U0001f64f]"));
  }

  @Test
  void readsRepeats() {
    Literal a = new Literal("a");
    assertEquals(new Repeat(a, 0, 1), root("\"a\"?"));
    assertEquals(new Repeat(a, 0, Repeat.UNBOUNDED), root("\"a\"*"));
    assertEquals(new Repeat(a, 1, Repeat.UNBOUNDED), root("\"a\" +"));
    assertEquals(new Repeat(a, 3, 3), root("\"a\"{3}"));
    assertEquals(new Repeat(a, 3, Repeat.UNBOUNDED), root("\"a\"{3,}"));
    assertEquals(new Repeat(a, 3, 1_000_000_000), root("\"a\"{3,1000000000}"));
  }

  @Test
  void readsAlternativesGroupsAndNothing() {
    Literal a = new Literal("a");
    Literal b = new Literal("b");
    assertEquals(Expression.choice(a, b, Expression.EMPTY), root("\"a\" | \"b\" |"));
    assertEquals(
        Expression.sequence(a, Expression.optional(Expression.choice(a, b))),
        root("\"a\" (\"a\"\n | # either\n \"b\"\n)?"));
    assertEquals(Expression.EMPTY, root("()"));
  }

  @Test
  void readsRulesOverSeveralLines() {
    Grammar grammar =
        GbnfParser.parse(
            """
            # a list
            root ::=
              item ("," item)* |
              none-at_all2   # or none

            item ::= [0-9]+
            none-at_all2 ::= "none"\r
            """);
    assertEquals(3, grammar.rules().size());
    assertEquals("root", grammar.root());
    assertTrue(
        grammar.rules().get("root") instanceof Choice(var alternatives)
            && alternatives.get(1).equals(new Rule("none-at_all2")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "root = \"a\"; line 1, column 6: expected '::=' behind the name of a rule but found '='",
        "`root ::= \"a\"\n  | \"b\"`; line 2, column 3: expected a rule; to go on with a rule",
        "`a ::= \"a\"\na ::= \"b\"`; line 2, column 1: there are two rules 'a'",
        "root ::= \"a; line 1, column 12: expected '\"' to close what begins at line 1, column 10",
        "root ::= [a; line 1, column 12: expected ']' to close what begins at line 1, column 10",
        "root ::= [a-; line 1, column 13: expected a character but found the end of the text",
        "root ::= [z-a]; line 1, column 11: the range ends before it begins",
        "root ::= []; line 1, column 10: there are no characters",
        "root ::= (\"a\"; line 1, column 14: expected ')' to close what begins at",
        "root ::= \"a\"); line 1, column 13: expected the end of the rule but found ')'",
        "root ::= \"\\q\"; line 1, column 11: unknown escape",
        "root ::= \"\\x4g\"; line 1, column 14: expected 2 hexadecimal digits but found 'g'",
        "root ::= \"\\ud83d\"; line 1, column 11: no Unicode character",
        "root ::= \"\\UFFFFFFFF\"; line 1, column 11: no Unicode character",
        "root ::= *; line 1, column 10: there is nothing before it to repeat",
        "root ::= \"a\"**; line 1, column 14: what is repeated already is repeated again",
        "root ::= \"a\"{3; line 1, column 15: expected '}' behind a number of repeats but found the end of the text",
        "root ::= \"a\"{,3}; line 1, column 14: expected a number but found ','",
        "root ::= \"a\"{3,2}; line 1, column 13: at least 3 and at most 2 is impossible",
        "root ::= \"a\"{9999999999}; line 1, column 14: the number is too large",
        "root ::= <think>; line 1, column 10: tokens in <...> are not supported",
        "root ::= \"a\" & \"b\"; line 1, column 14: expected a literal",
        "`root ::= \"a\" |\nother ::= \"b\"`; line 2, column 7: a rule begins where another has not ended",
        "root ::= other; line 1, column 10: there is no rule 'other'",
        "other ::= \"a\"; there is no rule 'root'",
        "``; there is no rule 'root'",
      })
  void namesPlaceAndProblem(String text, String message) {
    assertTrue(errorOf(text).contains(message), errorOf(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "root ::= root \"a\" | \"a\"",
        "root ::= \"b\"? root \"a\" | \"a\"",
        "root ::= (\"b\"* | \"c\") (root | \"d\")",
        "root ::= \"b\" x\nx ::= y | \"a\"\ny ::= \"\" x \"b\"",
      })
  void refusesRulesThatBeginWithThemselves(String text) {
    assertTrue(errorOf(text).contains("may begin with itself"), errorOf(text));
  }

  @Test
  void refusesTextsThatAreTooLongOrTooDeep() {
    assertTrue(errorOf("root ::= \"" + "a".repeat(200_000) + "\"").contains("at most 200000"));
    String deep = "(".repeat(10_000) + ")".repeat(10_000);
    assertTrue(errorOf("root ::= " + deep).contains("nested deeper"));
    StringBuilder many = new StringBuilder("root ::= r1\n");
    for (int i = 1; i <= 5_000; i++) {
      many.append("r").append(i).append(" ::= \"a\"\n");
    }
    assertTrue(errorOf(many.toString()).contains("more than 5000 rules"));
  }

  @Test
  void followsLongChainsOfRules() {
    StringBuilder chain = new StringBuilder("root ::= r1\n");
    for (int i = 1; i < 4_000; i++) {
      chain.append("r%d ::= \"\" r%d\n".formatted(i, i + 1));
    }
    assertEquals(4_001, GbnfParser.parse(chain + "r4000 ::= \"a\"").rules().size());
    assertTrue(errorOf(chain + "r4000 ::= root").contains("may begin with itself"));
  }
}
