package dev.lanewise.engine.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RegexParserTest {
  private static final String[] TEXTS = {
    "",
    "a",
    "b",
    "ab",
    "ba",
    "aa",
    "aab",
    "abab",
    "abc",
    "xaby",
    "a1",
    "12",
    "1.5",
    "a-b",
    "-",
    "_",
    " ",
    "a b",
    "\n",
    "\t",
    "a\n",
    "\u2028",
    "\u00e9",
    "\u4e2d",
    "\ud83d\ude00",
    "a\ud83d\ude00b",
    "A",
    "aB",
    "\\",
    "]",
    "^",
    "$",
    "^a$",
    ".",
    "0a",
    "aaaa",
    "aaaaa",
    "b12",
    "/",
  };

  /** Our expressions match what Java's do, where both mean the same. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "ab|ba",
        "a*",
        "a+b?",
        "(ab)+",
        "(?:ab){2}",
        "a{2,3}b?",
        "a{2,}",
        "a*?b+?",
        "[ab]+",
        "[^ab]",
        "[a-c1]*",
        "[-a]+",
        "[a\\-b]+",
        "\\d+",
        "\\d+\\.\\d",
        "\\w*",
        "\\W",
        "\\D+",
        "a\\sb",
        ".",
        ".*",
        "a.b",
        "[\\d_]",
        "[\\w-]+",
        "\\x61",
        "\\u00e9",
        "[\\u4e00-\\u9fff]",
        "\\ud83d\\ude00",
        "\ud83d\ude00",
        "a\\n",
        "\\t|\\n",
        "\\\\",
        "\\]",
        "\\^",
        "\\$",
        "\\^a\\$",
        "\\/",
        "[\\]^]",
        "(?<name>a)b",
        "(a|(b|c)*)*",
        "()",
        "a|",
        "[\ud83d\ude00a]+b?",
      })
  void matchesWhatItSays(String regex) {
    Pattern java = Pattern.compile(regex);
    Expression full = RegexParser.full(regex);
    Expression search = RegexParser.search(regex, Characters.ALL);
    Expression anchored = RegexParser.search("^" + regex + "$", Characters.ALL);
    for (String text : TEXTS) {
      assertEquals(java.matcher(text).matches(), matches(full, text), regex + " on " + text);
      assertEquals(java.matcher(text).find(), matches(search, text), regex + " in " + text);
    }
    if (!regex.contains("|") || regex.startsWith("(")) {
      for (String text : TEXTS) {
        assertEquals(java.matcher(text).matches(), matches(anchored, text), regex + " on " + text);
      }
    }
  }

  @Test
  void groupsMayHaveNamesAsInPython() {
    assertEquals(RegexParser.full("(?<name>a)b"), RegexParser.full("(?P<name>a)b"));
  }

  private static boolean matches(Expression expression, String text) {
    return new SlowMatcher(Grammar.of(expression)).matches(text);
  }

  @Test
  void anchorsHoldForTheirAlternative() {
    Expression search = RegexParser.search("^a|b$|^c$", Characters.ALL);
    assertTrue(matches(search, "ax"));
    assertTrue(matches(search, "xb"));
    assertTrue(matches(search, "c"));
    assertFalse(matches(search, "xa"));
    assertFalse(matches(search, "bx"));
    assertFalse(matches(search, "xc"));
    assertFalse(matches(search, "cx"));
  }

  @Test
  void onlySurroundingCharactersSurround() {
    Expression search = RegexParser.search("-", Characters.of("ab"));
    assertTrue(matches(search, "ab-ba"));
    assertFalse(matches(search, "c-"));
    assertFalse(matches(search, "a--"));
  }

  @Test
  void readsWhatJavaSpellsInAnotherWay() {
    assertTrue(matches(RegexParser.full("\\u{1F600}[\\b]\\0\\cJ\\v"), "\ud83d\ude00\b\0\n\u000b"));
    assertTrue(matches(RegexParser.full("\\s+"), "\u00a0\ufeff\u2003\u3000\u2029"));
    assertTrue(matches(RegexParser.full("\\S[^\\s]"), "a\u0085"));
    assertFalse(matches(RegexParser.full("\\S"), "\u2028"));
    assertFalse(matches(RegexParser.full("[]"), ""));
    assertTrue(matches(RegexParser.full("[^]"), "\n"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "a(?=b); line 1, column 2: look-around '(?=' is not supported",
        "(?!b); line 1, column 1: look-around '(?!' is not supported",
        "(?<=b)a; line 1, column 1: look-around '(?<=' is not supported",
        "(?i:a); line 1, column 1: flags of groups are not supported",
        "(a)\\1; line 1, column 4: back-references",
        "\\k<a>; line 1, column 1: back-references",
        "a\\b; line 1, column 2: word boundaries",
        "\\p{L}; line 1, column 1: classes of Unicode properties",
        "a^b; line 1, column 2: '^' is supported only at the start",
        "(^a); line 1, column 2: '^' is supported only at the start",
        "a$b; line 1, column 3: expected '|' or the end behind '$' but found 'b'",
        "(a$); line 1, column 3: '$' is supported only at the end",
        "a**; line 1, column 3: what is repeated already is repeated again",
        "*a; line 1, column 1: there is nothing before it to repeat",
        "a{2; line 1, column 4: expected '}'",
        "a{b}; line 1, column 3: expected a number but found 'b'",
        "a{3,2}; line 1, column 2: at least 3 and at most 2 is impossible",
        "a}; line 1, column 2: '}' closes nothing",
        "a); line 1, column 2: ')' closes no group",
        "(a; line 1, column 3: expected ')' to close what begins at line 1, column 1",
        "[a; line 1, column 3: expected ']'",
        "[a-; line 1, column 4: expected a character but found the end of the text",
        "[b-a]; line 1, column 2: the range ends before it begins",
        "[\\d-z]; line 1, column 2: a range has a class at an end",
        "\\y; line 1, column 1: unknown escape \\y",
        "a\\; line 1, column 2: there is nothing behind \\",
        "\\ud83d; line 1, column 1: no Unicode character",
        "\\u{110000}; line 1, column 1: no Unicode character",
        "\\u{}; line 1, column 4: expected hexadecimal digits but found '}'",
        "\\cé; line 1, column 3: expected a letter behind \\c",
      })
  void namesPlaceAndConstruct(String regex, String message) {
    String error = assertThrows(GrammarError.class, () -> RegexParser.full(regex)).getMessage();
    assertTrue(error.contains(message), error);
  }

  @Test
  void refusesDeepNesting() {
    String deep = "(".repeat(5_000) + "a" + ")".repeat(5_000);
    assertThrows(GrammarError.class, () -> RegexParser.full(deep));
  }
}
