package dev.lanewise.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class EndOfGenerationTest {
  private static Tokenizer withControls(String... texts) {
    HandMadeVocabulary vocabulary = HandMadeVocabulary.bytePairs("gpt-2");
    for (String text : texts) {
      vocabulary.token(text, TokenType.CONTROL);
    }
    return vocabulary.build();
  }

  @Test
  void knowsTheUsualEndsOfATurnByTheirText() {
    for (String text :
        List.of(
            "<|im_end|>", "<|eot_id|>", "<end_of_turn>", "</s>", "<|endoftext|>", "<|fim_pad|>")) {
      assertTrue(withControls(text).isEndOfGeneration(256), text);
    }
    assertFalse(withControls("<|im_start|>").isEndOfGeneration(256));
  }

  @Test
  void anEndMarkIsAControlTokenWhateverItsTypeSays() {
    Tokenizer tokenizer =
        HandMadeVocabulary.bytePairs("gpt-2").token("<|im_end|>", TokenType.NORMAL).build();
    assertTrue(tokenizer.isControl(256));
    assertEquals(0, tokenizer.bytesOf(256).length);
    assertEquals(10, tokenizer.encode("<|im_end|>", false).length);
  }

  @Test
  void believesTheFileAboutTokensItNames() {
    for (String key : List.of("eos", "eot", "eom", "fim_pad", "fim_rep", "fim_sep")) {
      Tokenizer tokenizer =
          HandMadeVocabulary.bytePairs("gpt-2")
              .token("<done>", TokenType.CONTROL)
              .with("tokenizer.ggml." + key + "_token_id", 256)
              .build();
      assertTrue(tokenizer.isEndOfGeneration(256), key);
      assertFalse(tokenizer.isEndOfGeneration(255), key);
    }
  }

  @Test
  void theEndOfAMessageIsNotTheEndOfATurnWhereTheModelHasBoth() {
    Tokenizer harmony = withControls("<|return|>", "<|call|>", "<|end|>");
    assertTrue(harmony.isEndOfGeneration(256));
    assertTrue(harmony.isEndOfGeneration(257));
    assertFalse(harmony.isEndOfGeneration(258));
    assertTrue(withControls("<|end|>", "<|call|>").isEndOfGeneration(256));
  }

  @Test
  void toolResponsesReplaceTheOldEndOfSequence() {
    Tokenizer tokenizer = withControls("<|tool_response>", "</s>");
    assertTrue(tokenizer.isEndOfGeneration(256));
    assertFalse(tokenizer.isEndOfGeneration(257));
  }
}
