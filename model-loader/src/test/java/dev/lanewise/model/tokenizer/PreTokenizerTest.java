package dev.lanewise.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PreTokenizerTest {
  private static List<String> split(String name, String text) {
    PreTokenizer rules = new PreTokenizer(PreTokenizerRules.named(name).orElseThrow().regexes());
    IdList ends = rules.split(text, 0, text.length());
    List<String> pieces = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < ends.size(); i++) {
      pieces.add(text.substring(start, ends.get(i)));
      start = ends.get(i);
    }
    return pieces;
  }

  @Test
  void gpt2KeepsLowerCaseContractionsOnly() {
    assertEquals(
        List.of("I", "'m", " sure", " they", "'ve", " DON", "'", "T"),
        split("gpt-2", "I'm sure they've DON'T"));
  }

  @Test
  void gpt2GivesTheLastSpaceOfARunToTheWord() {
    assertEquals(List.of("a", "  ", " b", "\n", "c", "  "), split("gpt-2", "a   b\nc  "));
  }

  @Test
  void gpt2KeepsNumbersOfAnyLengthTogether() {
    assertEquals(List.of("x", " 12345", ".", "6"), split("gpt-2", "x 12345.6"));
  }

  @Test
  void smollmIsolatesDigitsBeforeAnythingElse() {
    assertEquals(List.of("a", " ", "1", "2", " b"), split("smollm", "a 12 b"));
  }

  @Test
  void smollmCountsNumbersOfEveryScriptAsDigits() {
    assertEquals(List.of("x", "½", "²", "٣", "Ⅳ"), split("smollm", "x½²٣Ⅳ"));
  }

  @Test
  void llama3TakesContractionsInAnyCase() {
    assertEquals(
        List.of("I", "'m", " DON", "'T", " we", "'LL"), split("llama-bpe", "I'm DON'T we'LL"));
  }

  @Test
  void llama3GroupsDigitsByThreeFromTheLeft() {
    assertEquals(List.of("123", "456", "7", " ", "89"), split("llama-bpe", "1234567 89"));
  }

  @Test
  void qwen2TakesDigitsOneByOne() {
    assertEquals(List.of("1", "2", "3", " ", "4"), split("qwen2", "123 4"));
  }

  @Test
  void llama3EndsSpacesAtTheLastLineBreak() {
    assertEquals(
        List.of("a", "  \n \n", " ", " b", "\r\n", "c", "  "),
        split("llama-bpe", "a  \n \n  b\r\nc  "));
  }

  @Test
  void llama3LetsPunctuationTakeTheLineBreaksBehindIt() {
    assertEquals(
        List.of("f", "()", " {\n\n", " ", " return", ";\n", "}"),
        split("llama-bpe", "f() {\n\n  return;\n}"));
  }

  @Test
  void llama3PutsOneSymbolInFrontOfAWord() {
    assertEquals(
        List.of("(hello", "-world", " ##", "tag"), split("llama-bpe", "(hello-world ##tag"));
  }

  @Test
  void ideographsAreOneWordWithoutSpaces() {
    assertEquals(List.of("你好", "，世界", "！"), split("qwen2", "你好，世界！"));
    assertEquals(List.of("你好", "，", "世界", "！"), split("gpt-2", "你好，世界！"));
  }

  @Test
  void combiningMarksBelongToTheWordOnlyInNewerRules() {
    assertEquals(List.of("e", "\u0301", "t"), split("gpt-2", "e\u0301t"));
    assertEquals(List.of("e", "\u0301t"), split("qwen2", "e\u0301t"));
    assertEquals(List.of("e\u0301t"), split("qwen35", "e\u0301t"));
  }

  @Test
  void spacesOfEveryScriptAreSpaces() {
    assertEquals(List.of("a", "\u00a0", "\u3000", "b"), split("gpt-2", "a\u00a0\u3000b"));
    assertEquals(List.of("a", "\u00a0", "\u3000b"), split("llama-bpe", "a\u00a0\u3000b"));
  }

  @Test
  void charactersOutsideTheBasicPlaneStayWhole() {
    assertEquals(List.of("🙂🙂", "a", " 𝔘𝔫"), split("gpt-2", "🙂🙂a 𝔘𝔫"));
  }

  @Test
  void gpt4oStartsAWordWhereLowerCaseTurnsUpper() {
    assertEquals(
        List.of("foo", "Bar", "BAZ", "_qux", " it's"), split("gpt-4o", "fooBarBAZ_qux it's"));
  }

  @Test
  void tekkenSplitsContractionsOff() {
    assertEquals(List.of(" it", "'s", " ", "1", "2"), split("tekken", " it's 12"));
  }

  @Test
  void deepseekIsolatesNumbersThenIdeographs() {
    assertEquals(
        List.of("第", "123", "4", "章", ".intro", "!\n"), split("deepseek-v3", "第1234章.intro!\n"));
  }

  @Test
  void falconIsolatesPunctuationAndCutsNumbersByThree() {
    assertEquals(List.of("a", "+=", " ", "123", "45", ";"), split("falcon", "a+= 12345;"));
  }
}
