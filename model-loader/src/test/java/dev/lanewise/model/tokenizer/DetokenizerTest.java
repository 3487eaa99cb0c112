package dev.lanewise.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DetokenizerTest {
  /** Tokens 0 to 255 are the bytes; 256 is a control token, 257 a long one. */
  private static final Tokenizer BYTES =
      HandMadeVocabulary.bytePairs("gpt-2")
          .token("<|im_end|>", TokenType.CONTROL)
          .token("x".repeat(1000), TokenType.NORMAL)
          .build();

  private final Detokenizer detokenizer = new Detokenizer(BYTES);

  private String append(int... bytes) {
    StringBuilder text = new StringBuilder();
    for (int b : bytes) {
      text.append(detokenizer.append(b));
    }
    return text.toString();
  }

  @Test
  void waitsForTheLastByteOfACharacter() {
    assertEquals("", append(0xF0, 0x9F, 0x99));
    assertEquals("🙂", append(0x82));
    assertEquals("", detokenizer.finish());
  }

  @Test
  void replacesABrokenCharacterOnceTheNextByteShowsIt() {
    assertEquals("", append(0xC3));
    assertEquals("\uFFFDa", append('a'));
    assertEquals("", append(0xE2, 0x82));
    assertEquals("\uFFFD", append(0xC3));
    assertEquals("é", append(0xA9));
  }

  @Test
  void replacesBytesThatStartNoCharacterAtOnce() {
    assertEquals("\uFFFD", append(0x80));
    assertEquals("\uFFFD", append(0xC0));
    assertEquals("\uFFFD", append(0xFF));
    assertEquals("\uFFFD\uFFFD", append(0xF4, 0x90));
  }

  @Test
  void replacesTheRestAtTheEnd() {
    assertEquals("a", append('a', 0xF0, 0x9F));
    assertEquals("\uFFFD", detokenizer.finish());
    assertEquals("", detokenizer.finish());
  }

  @Test
  void controlTokensAreNoText() {
    assertEquals("", append(0xC3, 256));
    assertEquals("é", append(0xA9));
  }

  @Test
  void takesTokensLongerThanItsBuffer() {
    assertEquals("", append(0xC3));
    assertEquals("\uFFFD" + "x".repeat(1000), append(257));
  }

  @Test
  void neverEmitsHalfACharacter() {
    Random random = new Random(3);
    String text = RandomText.of(random, 2000);
    StringBuilder streamed = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      String piece = detokenizer.append(b & 0xFF);
      assertFalse(!piece.isEmpty() && Character.isHighSurrogate(piece.charAt(piece.length() - 1)));
      streamed.append(piece);
    }
    assertEquals(text, streamed + detokenizer.finish());
  }

  @Test
  void decodesAnyBytesAsIfTheyHadComeAtOnce() {
    int[] interesting = {
      0x41, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC3, 0xE0, 0xE2, 0xED, 0xEF, 0xF0, 0xF4, 0xF5
    };
    Random random = new Random(4);
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = new byte[1 + random.nextInt(8)];
      StringBuilder streamed = new StringBuilder();
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) interesting[random.nextInt(interesting.length)];
        streamed.append(detokenizer.append(bytes[i] & 0xFF));
      }
      streamed.append(detokenizer.finish());
      assertEquals(new String(bytes, StandardCharsets.UTF_8), streamed.toString());
    }
  }
}
