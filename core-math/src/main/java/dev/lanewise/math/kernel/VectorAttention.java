package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.FLOAT;
import static dev.lanewise.math.kernel.Lanes.INT;
import static dev.lanewise.math.kernel.Lanes.ORDER;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link AttentionKernels} in vectors. A 32-bit lane holds two BF16: the even element is the lane
 * shifted left by 16, the odd one the lane with its lower half cleared. So nothing is widened; the
 * query is taken apart into even and odd elements once, and the output put together at the end.
 * Shapes that do not fill vectors, and F32, take the scalar way.
 */
final class VectorAttention implements AttentionKernels {
  private static final int LANES = FLOAT.length();
  private static final int HIGH_HALF = 0xffff0000;

  private final FloatKernels floats;
  private final ScalarAttention scalar;

  VectorAttention(FloatKernels floats) {
    this.floats = floats;
    this.scalar = new ScalarAttention(floats);
  }

  @Override
  public void attend(
      float[] q,
      int qOffset,
      MemorySegment kv,
      KvFormat format,
      long keys,
      long values,
      long rowBytes,
      int positions,
      int headDim,
      float scale,
      float[] scratch,
      float[] out,
      int outOffset) {
    int half = headDim / 2;
    if (format != KvFormat.BF16 || half % LANES != 0) {
      scalar.attend(
          q, qOffset, kv, format, keys, values, rowBytes, positions, headDim, scale, scratch, out,
          outOffset);
      return;
    }
    int split = positions; // the query's even, then odd elements lie behind the scores
    for (int d = 0; d < half; d++) {
      scratch[split + d] = q[qOffset + 2 * d] * scale;
      scratch[split + half + d] = q[qOffset + 2 * d + 1] * scale;
    }
    scores(scratch, split, half, kv, keys, rowBytes, positions);
    floats.softmax(scratch, 0, positions);
    int pairs = 0;
    for (; pairs + 4 * LANES <= half; pairs += 4 * LANES) {
      sumFour(scratch, positions, kv, values + 4L * pairs, rowBytes, split + 2 * pairs);
      interleave(scratch, split + 2 * pairs, 4 * LANES, out, outOffset + 2 * pairs);
    }
    for (; pairs < half; pairs += LANES) {
      sumOne(scratch, positions, kv, values + 4L * pairs, rowBytes, split + 2 * pairs);
      interleave(scratch, split + 2 * pairs, LANES, out, outOffset + 2 * pairs);
    }
  }

  private static void scores(
      float[] scratch,
      int split,
      int half,
      MemorySegment kv,
      long keys,
      long rowBytes,
      int positions) {
    int sums = split + 2 * half;
    long row = keys;
    for (int i = 0; i < positions; i++) {
      FloatVector even = FloatVector.zero(FLOAT);
      FloatVector odd = even;
      for (int d = 0; d < half; d += LANES) {
        IntVector pair = IntVector.fromMemorySegment(INT, kv, row + 4L * d, ORDER);
        even =
            pair.lanewise(VectorOperators.LSHL, 16)
                .reinterpretAsFloats()
                .fma(FloatVector.fromArray(FLOAT, scratch, split + d), even);
        odd =
            pair.and(HIGH_HALF)
                .reinterpretAsFloats()
                .fma(FloatVector.fromArray(FLOAT, scratch, split + half + d), odd);
      }
      even.add(odd).intoArray(scratch, sums);
      float sum = 0;
      for (int lane = 0; lane < LANES; lane++) { // a fixed order, which reduceLanes does not have
        sum += scratch[sums + lane];
      }
      scratch[i] = sum;
      row += rowBytes;
    }
  }

  /**
   * Sums 4 vectors of value pairs over the positions, in 8 registers; even, then odd elements to
   * {@code at}.
   */
  private static void sumFour(
      float[] scratch, int positions, MemorySegment kv, long values, long rowBytes, int at) {
    FloatVector even0 = FloatVector.zero(FLOAT);
    FloatVector even1 = even0;
    FloatVector even2 = even0;
    FloatVector even3 = even0;
    FloatVector odd0 = even0;
    FloatVector odd1 = even0;
    FloatVector odd2 = even0;
    FloatVector odd3 = even0;
    long row = values;
    for (int i = 0; i < positions; i++) {
      FloatVector weight = FloatVector.broadcast(FLOAT, scratch[i]);
      IntVector pair0 = IntVector.fromMemorySegment(INT, kv, row, ORDER);
      IntVector pair1 = IntVector.fromMemorySegment(INT, kv, row + 4L * LANES, ORDER);
      IntVector pair2 = IntVector.fromMemorySegment(INT, kv, row + 8L * LANES, ORDER);
      IntVector pair3 = IntVector.fromMemorySegment(INT, kv, row + 12L * LANES, ORDER);
      even0 = pair0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(weight, even0);
      even1 = pair1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(weight, even1);
      even2 = pair2.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(weight, even2);
      even3 = pair3.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(weight, even3);
      odd0 = pair0.and(HIGH_HALF).reinterpretAsFloats().fma(weight, odd0);
      odd1 = pair1.and(HIGH_HALF).reinterpretAsFloats().fma(weight, odd1);
      odd2 = pair2.and(HIGH_HALF).reinterpretAsFloats().fma(weight, odd2);
      odd3 = pair3.and(HIGH_HALF).reinterpretAsFloats().fma(weight, odd3);
      row += rowBytes;
    }
    even0.intoArray(scratch, at);
    even1.intoArray(scratch, at + LANES);
    even2.intoArray(scratch, at + 2 * LANES);
    even3.intoArray(scratch, at + 3 * LANES);
    odd0.intoArray(scratch, at + 4 * LANES);
    odd1.intoArray(scratch, at + 5 * LANES);
    odd2.intoArray(scratch, at + 6 * LANES);
    odd3.intoArray(scratch, at + 7 * LANES);
  }

  private static void sumOne(
      float[] scratch, int positions, MemorySegment kv, long values, long rowBytes, int at) {
    FloatVector even = FloatVector.zero(FLOAT);
    FloatVector odd = even;
    long row = values;
    for (int i = 0; i < positions; i++) {
      FloatVector weight = FloatVector.broadcast(FLOAT, scratch[i]);
      IntVector pair = IntVector.fromMemorySegment(INT, kv, row, ORDER);
      even = pair.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(weight, even);
      odd = pair.and(HIGH_HALF).reinterpretAsFloats().fma(weight, odd);
      row += rowBytes;
    }
    even.intoArray(scratch, at);
    odd.intoArray(scratch, at + LANES);
  }

  private static void interleave(float[] scratch, int at, int pairs, float[] out, int outOffset) {
    for (int d = 0; d < pairs; d++) {
      out[outOffset + 2 * d] = scratch[at + d];
      out[outOffset + 2 * d + 1] = scratch[at + pairs + d];
    }
  }

  @Override
  public void store(float[] x, int offset, MemorySegment kv, KvFormat format, long at, int n) {
    scalar.store(x, offset, kv, format, at, n);
  }
}
