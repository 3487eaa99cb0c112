package dev.lanewise.math.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class E4m3Test {
  @Test
  void codesAreSignExponentAndMantissa() {
    for (int code = 0; code < 256; code++) {
      int exponent = code >> 3 & 15;
      double mantissa = (code & 7) / 8.0;
      double magnitude =
          exponent == 0 ? mantissa * 0x1p-6 : (1 + mantissa) * Math.pow(2, exponent - 7);
      if ((code & 0x7f) == 0x7f) {
        assertTrue(Float.isNaN(E4m3.value(code)));
      } else {
        assertEquals(code < 128 ? magnitude : -magnitude, E4m3.value(code), 0, "code " + code);
      }
    }
  }

  @Test
  void theLargestIs448AndTheSmallest2ToTheMinus9() {
    assertEquals(448, E4m3.value(0x7e));
    assertEquals(-448, E4m3.value(0xfe));
    assertEquals(0x1p-9f, E4m3.value(1));
  }
}
