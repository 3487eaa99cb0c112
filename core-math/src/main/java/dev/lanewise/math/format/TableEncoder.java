package dev.lanewise.math.format;

import java.lang.foreign.MemorySegment;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * The encoder of the formats with one scale of either sign and a table of integers: weight =
 * table[q] d. The table is -8 to 7 for Q4_0, -16 to 15 for Q5_0 and uneven for IQ4_NL; each reaches
 * farther down than up.
 *
 * <p>The usual rule puts the weight of largest magnitude on the lowest value, whatever its sign.
 * Here that is the first of a few candidates, which put it a little beyond the lowest or the
 * highest value, or a little before. The best of them is then fitted: for given values v of the
 * codes, the scale of least squared error is sum(w v) / sum(v v), each term times what its weight
 * counts.
 */
final class TableEncoder implements BlockEncoder {
  private static final int BLOCK = 32;

  private final boolean fifthBits;
  private final float[] divisors;
  private final int toIndex;
  private final byte[] nearestCode;
  private final float[] nearestValue;
  private final int[] codes = new int[BLOCK];

  private TableEncoder(Table table, float... divisors) {
    fifthBits = table.values.length > 16;
    this.divisors = divisors;
    toIndex = table.toIndex;
    nearestCode = table.nearestCode;
    nearestValue = table.nearestValue;
  }

  static TableEncoder q4Zero() {
    return new TableEncoder(Table.Q4_0, -8, -8.5f, -7.5f, -7, 7, 7.5f);
  }

  static TableEncoder q5Zero() {
    return new TableEncoder(Table.Q5_0, -16, -16.5f, -15.5f, -15, 15, 15.5f);
  }

  static TableEncoder iq4Nl() {
    return new TableEncoder(Table.IQ4_NL, -127, -134, -120, 107, 113, 120);
  }

  /**
   * Integers in ascending order, and for a number v the one nearest to it at floor(2 v) + {@code
   * toIndex}. Halves suffice, since the midpoints between integers are halves.
   */
  private static final class Table {
    static final Table Q4_0 = new Table(16, q -> q - 8);
    static final Table Q5_0 = new Table(32, q -> q - 16);
    static final Table IQ4_NL = new Table(16, TableBlocks::iq4Nl);

    final int[] values;
    final int toIndex;
    final byte[] nearestCode;
    final float[] nearestValue;

    Table(int size, IntUnaryOperator valueOf) {
      values = IntStream.range(0, size).map(valueOf).toArray();
      toIndex = -2 * values[0];
      nearestCode = new byte[2 * toIndex];
      nearestValue = new float[2 * toIndex];
      int code = 0;
      for (int i = 0; i < nearestCode.length; i++) {
        while (code < size - 1 && i - toIndex >= values[code] + values[code + 1]) {
          code++;
        }
        nearestCode[i] = (byte) code;
        nearestValue[i] = values[code];
      }
    }
  }

  @Override
  public void encode(
      float[] weights, int o, float[] importance, int i, MemorySegment blocks, long at) {
    float extreme = 0;
    for (int k = 0; k < BLOCK; k++) {
      float weight = weights[o + k];
      extreme = Math.abs(weight) > Math.abs(extreme) ? weight : extreme;
    }
    float best = 0;
    float leastError = Float.POSITIVE_INFINITY;
    for (float divisor : divisors) {
      float d = F16Scale.round(extreme / divisor);
      float error = error(weights, o, importance, i, d);
      if (error < leastError) {
        leastError = error;
        best = d;
      }
    }
    float fitted = fitted(weights, o, importance, i, best);
    if (error(weights, o, importance, i, fitted) < leastError) {
      best = fitted;
    }
    write(weights, o, best, blocks, at);
  }

  private int index(float scaled) {
    int floor = (int) (2 * scaled + toIndex); // above -1 it rounds up to 0, where it belongs
    return Math.max(0, Math.min(nearestCode.length - 1, floor));
  }

  private float error(float[] weights, int o, float[] importance, int i, float d) {
    float inverse = F16Scale.inverse(d);
    float sum = 0;
    for (int k = 0; k < BLOCK; k++) {
      float miss = nearestValue[index(weights[o + k] * inverse)] * d - weights[o + k];
      sum += importance[i + k] * miss * miss;
    }
    return sum;
  }

  /** The best scale for the codes that scale {@code d} gives. */
  private float fitted(float[] weights, int o, float[] importance, int i, float d) {
    float inverse = F16Scale.inverse(d);
    double products = 0;
    double squares = 0;
    for (int k = 0; k < BLOCK; k++) {
      float value = nearestValue[index(weights[o + k] * inverse)];
      double counts = importance[i + k];
      products += counts * weights[o + k] * value;
      squares += counts * value * value;
    }
    return squares == 0 ? d : F16Scale.round(products / squares);
  }

  private void write(float[] weights, int o, float d, MemorySegment blocks, long at) {
    float inverse = F16Scale.inverse(d);
    int fifth = 0;
    for (int k = 0; k < BLOCK; k++) {
      codes[k] = nearestCode[index(weights[o + k] * inverse)];
      fifth |= (codes[k] >> 4) << k;
    }
    Bits.writeHalf(blocks, at, d);
    if (fifthBits) {
      Bits.writeInteger(blocks, at + 2, fifth);
    }
    Bits.writeNibbles(blocks, at + (fifthBits ? 6 : 2), codes, BLOCK / 2);
  }
}
