package dev.lanewise.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class SentencePiecesTest {
  /** Merges into "▁hello" in the order ll, he, ▁he, llo. */
  private static HandMadeVocabulary hello() {
    return HandMadeVocabulary.sentencePieces()
        .byteTokens()
        .piece("▁", -9)
        .piece("h", -9)
        .piece("e", -9)
        .piece("l", -9)
        .piece("o", -9)
        .piece("ll", -1)
        .piece("he", -2)
        .piece("▁he", -3)
        .piece("llo", -4);
  }

  private static List<String> pieces(HandMadeVocabulary vocabulary, String text) {
    return pieces(vocabulary, text, false);
  }

  private static List<String> pieces(
      HandMadeVocabulary vocabulary, String text, boolean parseSpecial) {
    Tokenizer tokenizer = vocabulary.build();
    return HandMadeVocabulary.texts(tokenizer, tokenizer.encode(text, parseSpecial));
  }

  @Test
  void mergesTheHighestScoreFirst() {
    assertEquals(List.of("▁he", "llo"), pieces(hello(), "hello"));
    assertEquals(List.of("▁", "h", "el", "l", "o"), pieces(hello().piece("el", -0.5f), "hello"));
  }

  @Test
  void mergesTheLeftmostOfEqualScores() {
    assertEquals(List.of("▁", "ll", "ll", "l"), pieces(hello(), "lllll"));
    HandMadeVocabulary ties =
        HandMadeVocabulary.sentencePieces()
            .piece("▁", 0f)
            .piece("a", -0f)
            .piece("b", 0f)
            .piece("ab", -0f)
            .piece("ba", 0f);
    assertEquals(List.of("▁", "ba", "b"), pieces(ties, "bab"));
    assertEquals(List.of("▁", "ab", "a"), pieces(ties, "aba"));
  }

  @Test
  void spellsUnknownCharactersAsBytes() {
    assertEquals(
        List.of("▁he", "<0xC3>", "<0xA9>", "<0x0A>", "<0xF0>", "<0x9F>", "<0x99>", "<0x82>"),
        pieces(hello(), "heé\n🙂"));
  }

  @Test
  void usesTheUnknownTokenOnceForACharacterWithoutByteTokens() {
    HandMadeVocabulary vocabulary = HandMadeVocabulary.sentencePieces().piece("▁", 0).piece("a", 0);
    assertEquals(List.of("▁", "a", "<unk>", "a"), pieces(vocabulary, "aéa"));
  }

  @Test
  void putsASpaceInFrontOfTheTextAndBehindSpecialTokens() {
    assertEquals(List.of("▁he", "</s>", "▁", "o"), pieces(hello(), "he</s>o", true));
    assertEquals(List.of("</s>", "</s>"), pieces(hello(), "</s></s>", true));
    assertEquals(List.of(), pieces(hello(), "", true));
  }

  @Test
  void putsNoSpaceInFrontWhereTheFileSaysSo() {
    HandMadeVocabulary vocabulary = hello().with("tokenizer.ggml.add_space_prefix", false);
    assertEquals(List.of("he", "</s>", "o", "▁he"), pieces(vocabulary, "he</s>o he", true));
  }

  @Test
  void neverMergesTextIntoControlOrByteTokens() {
    HandMadeVocabulary vocabulary =
        HandMadeVocabulary.sentencePieces()
            .byteTokens()
            .piece("▁", -9)
            .piece("<", -9)
            .piece("/", -9)
            .piece("s", -9)
            .piece(">", -9)
            .piece("</", -1)
            .piece("s>", -2)
            .piece("<0x0", -1)
            .piece("A>", -1);
    assertEquals(List.of("▁", "</", "s>"), pieces(vocabulary, "</s>"));
    assertFalse(pieces(vocabulary, "<0x0A>").contains("<0x0A>"));
  }

  @Test
  void generatedTextKeepsItsLeadingSpace() {
    Tokenizer tokenizer = hello().build();
    assertEquals(
        " hello he", HandMadeVocabulary.decode(tokenizer, tokenizer.encode("hello he", false)));
  }

  @Test
  void putsCharactersTogetherFromByteTokens() {
    Tokenizer tokenizer = hello().build();
    int[] ids = tokenizer.encode("é🙂", false);
    Detokenizer detokenizer = new Detokenizer(tokenizer);
    assertEquals(" ", detokenizer.append(ids[0]));
    assertEquals("", detokenizer.append(ids[1]));
    assertEquals("é", detokenizer.append(ids[2]));
  }

  @Test
  void beginsWithTokenOneUnlessTheFileSaysOtherwise() {
    Tokenizer tokenizer = hello().build();
    assertEquals(OptionalInt.of(1), tokenizer.bos());
    assertEquals(OptionalInt.of(2), tokenizer.eos());
    assertTrue(tokenizer.addsBos());
    assertFalse(tokenizer.addsEos());
    assertTrue(tokenizer.isEndOfGeneration(2));
    assertArrayEquals(new byte[0], tokenizer.bytesOf(1));
  }

  @Test
  void tokenizesAVeryLongTextWithoutSpaces() {
    String text = "l".repeat(1 << 20);
    assertEquals(1 + (1 << 19), hello().build().encode(text, false).length);
  }
}
