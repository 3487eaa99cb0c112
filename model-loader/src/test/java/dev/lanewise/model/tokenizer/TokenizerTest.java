package dev.lanewise.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.UnsupportedModel;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TokenizerTest {
  private static void assertRefused(HandMadeVocabulary vocabulary, String key) {
    assertRefused(vocabulary, key, "");
  }

  private static void assertRefused(HandMadeVocabulary vocabulary, String key, String problem) {
    ModelFormatException refused = assertThrows(ModelFormatException.class, vocabulary::build);
    assertTrue(refused.getMessage().contains(key), refused.getMessage());
    assertTrue(refused.getMessage().contains(problem), refused.getMessage());
  }

  @Test
  void refusesAnAlgorithmItDoesNotKnow() {
    HandMadeVocabulary vocabulary =
        HandMadeVocabulary.bytePairs("gpt-2").with("tokenizer.ggml.model", "rwkv");
    UnsupportedModel refused = assertThrows(UnsupportedModel.class, vocabulary::build);
    assertTrue(refused.getMessage().contains("rwkv"), refused.getMessage());
  }

  @Test
  void refusesAnEmptyVocabulary() {
    HandMadeVocabulary vocabulary =
        HandMadeVocabulary.bytePairs("gpt-2")
            .with("tokenizer.ggml.tokens", List.of())
            .with("tokenizer.ggml.token_type", new int[0]);
    assertRefused(vocabulary, "tokenizer.ggml.tokens");
  }

  @Test
  void refusesListsOfAnotherLengthThanTheVocabulary() {
    String types = "tokenizer.ggml.token_type";
    String scores = "tokenizer.ggml.scores";
    assertRefused(HandMadeVocabulary.bytePairs("gpt-2").with(types, new int[255]), types);
    assertRefused(HandMadeVocabulary.bytePairs("gpt-2").with(types, new int[257]), types);
    assertRefused(HandMadeVocabulary.sentencePieces().with(scores, new float[2]), scores);
  }

  @Test
  void refusesFilesWithoutTheListsItNeeds() {
    assertRefused(
        HandMadeVocabulary.bytePairs("gpt-2").without("tokenizer.ggml.tokens"),
        "tokenizer.ggml.tokens");
    assertRefused(
        HandMadeVocabulary.bytePairs("gpt-2").without("tokenizer.ggml.merges"),
        "tokenizer.ggml.merges");
    assertRefused(
        HandMadeVocabulary.sentencePieces().without("tokenizer.ggml.scores"),
        "tokenizer.ggml.scores");
  }

  @Test
  void refusesTokenIdsOutsideTheVocabulary() {
    for (String name : List.of("bos", "eos", "eot", "eom", "fim_pad", "fim_rep", "fim_sep")) {
      String key = "tokenizer.ggml." + name + "_token_id";
      assertRefused(HandMadeVocabulary.bytePairs("gpt-2").with(key, 256), key, "256 is outside");
      assertRefused(HandMadeVocabulary.bytePairs("gpt-2").with(key, -1), key, "-1 is outside");
    }
    String unknown = "tokenizer.ggml.unknown_token_id";
    assertRefused(HandMadeVocabulary.sentencePieces().with(unknown, 3), unknown, "3 is outside");
  }

  @Test
  void refusesToAddAMarkThatIsNotNamed() {
    String addBos = "tokenizer.ggml.add_bos_token";
    String addEos = "tokenizer.ggml.add_eos_token";
    assertRefused(HandMadeVocabulary.bytePairs("gpt-2").with(addBos, true), addBos);
    assertRefused(HandMadeVocabulary.bytePairs("gpt-2").with(addEos, true), addEos);
  }

  @Test
  void readsTokensWithoutTypesAsText() {
    Tokenizer tokenizer =
        HandMadeVocabulary.bytePairs("gpt-2").without("tokenizer.ggml.token_type").build();
    assertArrayEquals(new int[] {'h', 'i'}, tokenizer.encode("hi", true));
    assertEquals("hi", HandMadeVocabulary.decode(tokenizer, new int[] {'h', 'i'}));
  }

  @Test
  void readsUnpairedSurrogatesAsReplacementCharacters() {
    Tokenizer tokenizer = HandMadeVocabulary.bytePairs("gpt-2").build();
    for (String broken : List.of("\uD83D", "a\uDE42b", "\uD83D\uD83D\uDE42", "\uDE42\uD83D")) {
      String repaired = broken.replaceAll("[\\x{D800}-\\x{DFFF}]", "\uFFFD");
      assertEquals(repaired, HandMadeVocabulary.decode(tokenizer, tokenizer.encode(broken, false)));
    }
  }

  @Test
  void everyTextSurvivesTheRoundTripUnderAllRules() {
    Random random = new Random(11);
    for (String pre : PreTokenizerRules.names()) {
      Tokenizer tokenizer =
          HandMadeVocabulary.bytePairs(pre)
              .merge("t", "h")
              .merge("th", "e")
              .merge("Ġ", "Ġ")
              .build();
      for (int round = 0; round < 20; round++) {
        String text = RandomText.of(random, 30);
        assertEquals(
            text, HandMadeVocabulary.decode(tokenizer, tokenizer.encode(text, false)), pre);
      }
    }
  }

  @Test
  void tokenizesAVeryLongPieceOfAnyKind() {
    for (String pre : List.of("smollm", "llama-bpe", "gpt-4o")) {
      Tokenizer tokenizer =
          HandMadeVocabulary.bytePairs(pre)
              .merge("a", "a")
              .merge("aa", "aa")
              .merge("Ġ", "Ġ")
              .build();
      for (String unit : List.of("a", "A", " ", " \n", "7", "!", "中")) {
        String text = unit.repeat((1 << 20) / unit.length());
        int[] ids = tokenizer.encode(text, false);
        assertEquals(
            text, HandMadeVocabulary.decode(tokenizer, ids), pre + " " + unit.codePointAt(0));
      }
    }
  }
}
