package dev.lanewise.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.model.ModelFormatException;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

final class WordPiecesTest {
  /** The vocabulary of BERT has its special tokens at these places. */
  private static HandMadeVocabulary vocabulary() {
    HandMadeVocabulary vocabulary = HandMadeVocabulary.wordPieces();
    for (int id = 0; id < 100; id++) {
      vocabulary.token("[unused" + id + "]", TokenType.NORMAL);
    }
    return vocabulary
        .token("[UNK]", TokenType.UNKNOWN)
        .token("[CLS]", TokenType.CONTROL)
        .token("[SEP]", TokenType.CONTROL)
        .token("\u2581un", TokenType.NORMAL)
        .token("\u2581una", TokenType.NORMAL)
        .token("aff", TokenType.NORMAL)
        .token("ble", TokenType.NORMAL)
        .token("\u2581!", TokenType.NORMAL)
        .token("\u2581\u4e2d", TokenType.NORMAL);
  }

  private static List<String> pieces(String text) {
    Tokenizer tokenizer = vocabulary().build();
    return HandMadeVocabulary.texts(tokenizer, tokenizer.encode(text, false));
  }

  @Test
  void takesTheLongestPieceEachTime() {
    assertEquals(List.of("\u2581una", "ble", "aff"), pieces("UNABLE\u0301aff"));
  }

  @Test
  void aWordThatLeadsNowhereIsUnknown() {
    // "una" is taken first, and nothing starts "ff".
    assertEquals(List.of("[UNK]", "\u2581!", "\u2581\u4e2d", "\u2581un"), pieces("unaff!\u4e2dun"));
  }

  @Test
  void aWordOfMoreThanHundredCharactersIsUnknown() {
    assertEquals(33, pieces("una" + "ble".repeat(32)).size());
    assertEquals(List.of("[UNK]"), pieces("un" + "aff".repeat(33)));
  }

  @Test
  void textStandsBetweenMarks() {
    Tokenizer tokenizer = vocabulary().build();
    assertEquals(OptionalInt.of(101), tokenizer.bos());
    assertEquals(OptionalInt.of(102), tokenizer.eos());
    assertTrue(tokenizer.addsBos() && tokenizer.addsEos() && tokenizer.closesPrompts());
    Tokenizer without = vocabulary().with("tokenizer.ggml.add_sep_token", false).build();
    assertTrue(without.addsBos() && !without.addsEos() && !without.closesPrompts());
  }

  @Test
  void wordsAreDecodedWithSpacesBetween() {
    Tokenizer tokenizer = vocabulary().build();
    int[] ids = tokenizer.encode("UNABLE un!", false);
    assertEquals("unable un !", HandMadeVocabulary.decode(tokenizer, ids));
  }

  @Test
  void refusesToWorkWithoutAnUnknownToken() {
    HandMadeVocabulary vocabulary =
        HandMadeVocabulary.wordPieces()
            .token("a", TokenType.NORMAL)
            .with("tokenizer.ggml.add_bos_token", false)
            .with("tokenizer.ggml.add_sep_token", false);
    ModelFormatException refused = assertThrows(ModelFormatException.class, vocabulary::build);
    assertTrue(
        refused.getMessage().contains("tokenizer.ggml.unknown_token_id: missing"),
        refused.getMessage());
  }
}
