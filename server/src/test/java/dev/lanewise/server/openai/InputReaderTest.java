package dev.lanewise.server.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class InputReaderTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      quoteCharacter = '~',
      value = {
        "{\"input\": \"a b\"} @ a b",
        "{\"input\":\"{\\\"input\\\": 5}\"} @ {\"input\": 5}",
        "{ \"input\" : \"\\\\\\/\\u00e9\\u20AC\"} @ \\/\u00e9\u20ac",
        "{\"input\": \"x\\ud83d\\ude00y\ud83d\ude00z\"} @ x\ud83d\ude00y\ud83d\ude00z",
        "{\"input\": \"not yet the en @ not yet the en",
      })
  void readsTheTextInPiecesOfAnySize(String arguments, String expected) {
    for (int seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      InputReader reader = new InputReader();
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < arguments.length(); ) {
        int end = Math.min(arguments.length(), i + 1 + random.nextInt(5));
        end += end < arguments.length() && Character.isLowSurrogate(arguments.charAt(end)) ? 1 : 0;
        String piece = reader.read(arguments.substring(i, end));
        assertFalse(
            !piece.isEmpty() && Character.isLowSurrogate(piece.charAt(0)), "half a character");
        text.append(piece);
        i = end;
      }
      assertEquals(expected, text.toString());
    }
  }

  @Test
  void readsControlCharacters() {
    assertEquals(
        "\b\f\n\r\t\u0000", new InputReader().read("{\"input\": \"\\b\\f\\n\\r\\t\\u0000\"}"));
  }
}
