package dev.lanewise.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.model.UnsupportedModel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class BytePairEncodingTest {
  private static List<String> pieces(HandMadeVocabulary vocabulary, String text) {
    Tokenizer tokenizer = vocabulary.build();
    return HandMadeVocabulary.texts(tokenizer, tokenizer.encode(text, false));
  }

  @Test
  void mergesInTheOrderOfTheList() {
    HandMadeVocabulary vocabulary =
        HandMadeVocabulary.bytePairs("gpt-2").merge("b", "c").merge("a", "b").merge("bc", "d");
    assertEquals(List.of("a", "bcd"), pieces(vocabulary, "abcd"));
  }

  @Test
  void mergesTheLeftmostOfEqualPairs() {
    HandMadeVocabulary vocabulary = HandMadeVocabulary.bytePairs("gpt-2").merge("a", "a");
    assertEquals(List.of("aa", "aa", "a"), pieces(vocabulary, "aaaaa"));
  }

  @Test
  void doesNotMergeAcrossPieces() {
    HandMadeVocabulary vocabulary =
        HandMadeVocabulary.bytePairs("gpt-2").merge("a", "Ġ").merge("Ġ", "b");
    assertEquals(List.of("a", "Ġb"), pieces(vocabulary, "a b"));
  }

  @Test
  void writesBytesOutsideAsciiInTheByteAlphabet() {
    assertEquals(
        List.of("Ã", "©", "ĊĊ"),
        pieces(HandMadeVocabulary.bytePairs("gpt-2").merge("Ċ", "Ċ"), "é\n\n"));
  }

  @Test
  void takesAWholePieceWithoutMergesOnlyWhereTheRulesSaySo() {
    for (String pre : List.of("llama-bpe", "tekken")) {
      HandMadeVocabulary vocabulary =
          HandMadeVocabulary.bytePairs(pre).token("Ġno", TokenType.NORMAL);
      assertEquals(List.of("Ġno"), pieces(vocabulary, " no"), pre);
    }
    HandMadeVocabulary vocabulary =
        HandMadeVocabulary.bytePairs("qwen2").token("Ġno", TokenType.NORMAL);
    assertEquals(List.of("Ġ", "n", "o"), pieces(vocabulary, " no"));
  }

  @Test
  void leavesOutBytesThatAreNoToken() {
    HandMadeVocabulary vocabulary =
        HandMadeVocabulary.bytePairs("gpt-2")
            .with("tokenizer.ggml.tokens", List.of("a", "b", "ab"))
            .with("tokenizer.ggml.token_type", new int[] {1, 1, 1})
            .mergeLine("a b");
    assertEquals(List.of("ab", "a", "b"), pieces(vocabulary, "abaxb"));
  }

  @Test
  void skipsMergesThatAreNotOfTokens() {
    HandMadeVocabulary vocabulary =
        HandMadeVocabulary.bytePairs("gpt-2")
            .mergeLine("a b")
            .mergeLine("ab c")
            .mergeLine("nospace")
            .mergeLine("")
            .mergeLine(" ")
            .merge("c", "d");
    assertEquals(List.of("a", "b", "cd"), pieces(vocabulary, "abcd"));
  }

  @Test
  void neverMergesIntoAControlToken() {
    HandMadeVocabulary vocabulary =
        HandMadeVocabulary.bytePairs("llama-bpe").token("no", TokenType.CONTROL).mergeLine("n o");
    assertEquals(List.of("n", "o"), pieces(vocabulary, "no"));
  }

  @Test
  void theFirstOfTokensWithOneTextIsUsed() {
    HandMadeVocabulary vocabulary = HandMadeVocabulary.bytePairs("gpt-2").merge("a", "b");
    vocabulary.token("ab", TokenType.NORMAL);
    assertArrayEquals(new int[] {256}, vocabulary.build().encode("ab", false));
  }

  @Test
  void spellsTokensAsBytesByType() {
    Tokenizer tokenizer =
        HandMadeVocabulary.bytePairs("gpt-2")
            .token("Ġé", TokenType.NORMAL)
            .token("Ġé", TokenType.USER_DEFINED)
            .token("<0x0A>", TokenType.BYTE)
            .token("<|x|>", TokenType.CONTROL)
            .token("pad", TokenType.UNUSED)
            .token("世", TokenType.NORMAL)
            .build();
    assertArrayEquals(new byte[] {' ', (byte) 0xE9}, tokenizer.bytesOf(256));
    assertArrayEquals("Ġé".getBytes(StandardCharsets.UTF_8), tokenizer.bytesOf(257));
    assertArrayEquals(new byte[] {'\n'}, tokenizer.bytesOf(258));
    assertEquals(0, tokenizer.bytesOf(259).length);
    assertEquals(0, tokenizer.bytesOf(260).length);
    assertArrayEquals("世".getBytes(StandardCharsets.UTF_8), tokenizer.bytesOf(261));
  }

  @Test
  void refusesAPreTokenizerItDoesNotKnow() {
    UnsupportedModel refused =
        assertThrows(UnsupportedModel.class, HandMadeVocabulary.bytePairs("klingon")::build);
    assertTrue(refused.getMessage().contains("klingon"));
    assertTrue(refused.getMessage().contains("llama-bpe"));
  }

  @Test
  void splitsLikeGpt2WithoutAPreTokenizer() {
    HandMadeVocabulary named =
        HandMadeVocabulary.bytePairs("gpt-2").merge("1", "2").merge("'", "s");
    HandMadeVocabulary unnamed =
        HandMadeVocabulary.bytePairs("gpt-2").merge("1", "2").merge("'", "s");
    unnamed.without("tokenizer.ggml.pre");
    assertEquals(pieces(named, "it's 12"), pieces(unnamed, "it's 12"));
  }

  @Test
  void onlySomeRulesStartPromptsWithAMark() {
    assertTrue(withMarks("llama-bpe").build().addsBos());
    assertFalse(withMarks("qwen2").build().addsBos());
    assertTrue(withMarks("qwen2").with("tokenizer.ggml.add_bos_token", true).build().addsBos());
    assertFalse(
        withMarks("llama-bpe").with("tokenizer.ggml.add_bos_token", false).build().addsBos());
    assertFalse(HandMadeVocabulary.bytePairs("llama-bpe").build().addsBos());
  }

  private static HandMadeVocabulary withMarks(String pre) {
    return HandMadeVocabulary.bytePairs(pre)
        .token("<|begin|>", TokenType.CONTROL)
        .with("tokenizer.ggml.bos_token_id", 256);
  }
}
