package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.FLOAT;
import static dev.lanewise.math.kernel.Lanes.INT;

import dev.lanewise.math.matrix.Inputs;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;

/** Rounds inputs to 8 bits. */
final class InputKernel {
  private static final int BLOCK = Inputs.BLOCK;
  private static final int RUN = Inputs.RUN;
  private static final int FLOATS = FLOAT.length();
  private static final int HALF = Float.floatToIntBits(0.5f);

  private InputKernel() {}

  static void round(Inputs x, int column, int first, int end, int length, boolean interleaves) {
    int start = column * x.stride();
    for (int b = first; b < end; b++) {
      int at = start + b * BLOCK;
      for (int k = Math.max(0, length - b * BLOCK); k < BLOCK; k++) {
        x.floats()[at + k] = 0;
      }
      float scale = scale(x.floats(), at);
      int magnitude = quantize(x, at, ScalarProducts.inverse(scale));
      if (interleaves) {
        interleave(x, column, b * BLOCK);
      }
      int runs = column * x.sumStride() + b * (BLOCK / RUN);
      int sum = 0;
      for (int run = 0; run < BLOCK / RUN; run++) {
        x.sums()[runs + run] = sum(x.doubled(), at + run * RUN);
        sum += x.sums()[runs + run];
      }
      x.setBlock(column, b, scale, sum, magnitude);
    }
  }

  /** The largest magnitude over 127; magnitudes compare as integers do, and NaN is the largest. */
  private static float scale(float[] floats, int at) {
    IntVector max = IntVector.zero(INT);
    for (int k = 0; k < BLOCK; k += FLOATS) {
      max =
          max.max(
              FloatVector.fromArray(FLOAT, floats, at + k)
                  .reinterpretAsInts()
                  .and(Integer.MAX_VALUE));
    }
    return Float.intBitsToFloat(max.reduceLanes(VectorOperators.MAX)) / Inputs.MOST;
  }

  /** Returns the sum of the magnitudes. */
  private static int quantize(Inputs x, int at, float inverse) {
    IntVector magnitudes = IntVector.zero(INT);
    for (int k = at; k < at + BLOCK; k += FLOATS) {
      FloatVector scaled = FloatVector.fromArray(FLOAT, x.floats(), k).mul(inverse);
      IntVector half = scaled.reinterpretAsInts().and(Integer.MIN_VALUE).or(HALF);
      IntVector q =
          (IntVector) scaled.add(half.reinterpretAsFloats()).convert(VectorOperators.F2I, 0);
      magnitudes = magnitudes.add(q.abs());
      q.and(0xffff).or(q.lanewise(VectorOperators.LSHL, 16)).intoArray(x.doubled(), k);
      LongVector pair = q.reinterpretAsLongs();
      IntVector bias = q.add(pair.lanewise(VectorOperators.LSHR, 32).reinterpretAsInts()).mul(-128);
      bias.lanewise(VectorOperators.LSHL, 16)
          .or(bias.add(0x8000).and(0xffff))
          .intoArray(x.byteBias(), k);
    }
    return magnitudes.reduceLanes(VectorOperators.ADD);
  }

  private static void interleave(Inputs x, int column, int k) {
    int from = column * x.stride() + k;
    int to = x.interleavedAt(column, k);
    for (int i = 0; i < BLOCK; i++) {
      x.interleaved()[to + i * Inputs.GROUP] = x.doubled()[from + i];
    }
  }

  private static int sum(int[] doubled, int at) {
    int sum = 0;
    for (int k = at; k < at + RUN; k++) {
      sum += doubled[k] >> 16;
    }
    return sum;
  }
}
