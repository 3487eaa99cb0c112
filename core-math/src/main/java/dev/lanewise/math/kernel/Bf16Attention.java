package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.KvLayout.POSITIONS;
import static dev.lanewise.math.kernel.Lanes.ORDER;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Scores and sums over one block of BF16 keys and values, for four queries or one. A 32-bit lane
 * holds two BF16: the lane shifted left by 16 and the lane with its lower half cleared are their
 * F32. Four queries times these two vectors are eight sums, which is what 16 registers hold.
 */
final class Bf16Attention {
  private static final VectorSpecies<Float> FLOAT = Lanes.PANEL;
  private static final VectorSpecies<Integer> INT =
      VectorSpecies.of(int.class, FLOAT.vectorShape());
  private static final int LANES = FLOAT.length();
  private static final int UPPER = 0xffff0000;
  private static final int PAIRS = POSITIONS / 2;

  private Bf16Attention() {}

  static void fourScores(
      MemorySegment kv,
      long keys,
      int dims,
      float[] q,
      int q0,
      int q1,
      int q2,
      int q3,
      float[] scores,
      int at0,
      int at1,
      int at2,
      int at3) {
    for (int i = 0; i < PAIRS; i += LANES) {
      FloatVector low0 = FloatVector.zero(FLOAT);
      FloatVector low1 = low0;
      FloatVector low2 = low0;
      FloatVector low3 = low0;
      FloatVector high0 = low0;
      FloatVector high1 = low0;
      FloatVector high2 = low0;
      FloatVector high3 = low0;
      for (int d = 0; d < dims; d++) {
        IntVector pair = IntVector.fromMemorySegment(INT, kv, keys + 4L * (d * PAIRS + i), ORDER);
        FloatVector low = pair.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
        FloatVector high = pair.and(UPPER).reinterpretAsFloats();
        FloatVector x0 = FloatVector.broadcast(FLOAT, q[q0 + d]);
        low0 = low.fma(x0, low0);
        high0 = high.fma(x0, high0);
        FloatVector x1 = FloatVector.broadcast(FLOAT, q[q1 + d]);
        low1 = low.fma(x1, low1);
        high1 = high.fma(x1, high1);
        FloatVector x2 = FloatVector.broadcast(FLOAT, q[q2 + d]);
        low2 = low.fma(x2, low2);
        high2 = high.fma(x2, high2);
        FloatVector x3 = FloatVector.broadcast(FLOAT, q[q3 + d]);
        low3 = low.fma(x3, low3);
        high3 = high.fma(x3, high3);
      }
      low0.intoArray(scores, at0 + i);
      high0.intoArray(scores, at0 + PAIRS + i);
      low1.intoArray(scores, at1 + i);
      high1.intoArray(scores, at1 + PAIRS + i);
      low2.intoArray(scores, at2 + i);
      high2.intoArray(scores, at2 + PAIRS + i);
      low3.intoArray(scores, at3 + i);
      high3.intoArray(scores, at3 + PAIRS + i);
    }
  }

  static void oneScore(
      MemorySegment kv, long keys, int dims, float[] q, int q0, float[] scores, int at) {
    for (int i = 0; i < PAIRS; i += LANES) {
      FloatVector low = FloatVector.zero(FLOAT);
      FloatVector high = low;
      for (int d = 0; d < dims; d++) {
        IntVector pair = IntVector.fromMemorySegment(INT, kv, keys + 4L * (d * PAIRS + i), ORDER);
        FloatVector x = FloatVector.broadcast(FLOAT, q[q0 + d]);
        low = pair.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, low);
        high = pair.and(UPPER).reinterpretAsFloats().fma(x, high);
      }
      low.intoArray(scores, at + i);
      high.intoArray(scores, at + PAIRS + i);
    }
  }

  static void addFour(
      MemorySegment kv,
      long values,
      int dims,
      float[] weights,
      int at0,
      int at1,
      int at2,
      int at3,
      float[] sums,
      int sum0,
      int sum1,
      int sum2,
      int sum3) {
    int half = dims / 2;
    for (int d = 0; d < half; d += LANES) {
      FloatVector low0 = FloatVector.fromArray(FLOAT, sums, sum0 + d);
      FloatVector high0 = FloatVector.fromArray(FLOAT, sums, sum0 + half + d);
      FloatVector low1 = FloatVector.fromArray(FLOAT, sums, sum1 + d);
      FloatVector high1 = FloatVector.fromArray(FLOAT, sums, sum1 + half + d);
      FloatVector low2 = FloatVector.fromArray(FLOAT, sums, sum2 + d);
      FloatVector high2 = FloatVector.fromArray(FLOAT, sums, sum2 + half + d);
      FloatVector low3 = FloatVector.fromArray(FLOAT, sums, sum3 + d);
      FloatVector high3 = FloatVector.fromArray(FLOAT, sums, sum3 + half + d);
      for (int p = 0; p < POSITIONS; p++) {
        IntVector pair = IntVector.fromMemorySegment(INT, kv, values + 4L * (p * half + d), ORDER);
        FloatVector low = pair.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
        FloatVector high = pair.and(UPPER).reinterpretAsFloats();
        FloatVector x0 = FloatVector.broadcast(FLOAT, weights[at0 + p]);
        low0 = low.fma(x0, low0);
        high0 = high.fma(x0, high0);
        FloatVector x1 = FloatVector.broadcast(FLOAT, weights[at1 + p]);
        low1 = low.fma(x1, low1);
        high1 = high.fma(x1, high1);
        FloatVector x2 = FloatVector.broadcast(FLOAT, weights[at2 + p]);
        low2 = low.fma(x2, low2);
        high2 = high.fma(x2, high2);
        FloatVector x3 = FloatVector.broadcast(FLOAT, weights[at3 + p]);
        low3 = low.fma(x3, low3);
        high3 = high.fma(x3, high3);
      }
      low0.intoArray(sums, sum0 + d);
      high0.intoArray(sums, sum0 + half + d);
      low1.intoArray(sums, sum1 + d);
      high1.intoArray(sums, sum1 + half + d);
      low2.intoArray(sums, sum2 + d);
      high2.intoArray(sums, sum2 + half + d);
      low3.intoArray(sums, sum3 + d);
      high3.intoArray(sums, sum3 + half + d);
    }
  }

  static void addOne(
      MemorySegment kv, long values, int dims, float[] weights, int at, float[] sums, int sum) {
    int half = dims / 2;
    for (int d = 0; d < half; d += LANES) {
      FloatVector low = FloatVector.fromArray(FLOAT, sums, sum + d);
      FloatVector high = FloatVector.fromArray(FLOAT, sums, sum + half + d);
      for (int p = 0; p < POSITIONS; p++) {
        IntVector pair = IntVector.fromMemorySegment(INT, kv, values + 4L * (p * half + d), ORDER);
        FloatVector x = FloatVector.broadcast(FLOAT, weights[at + p]);
        low = pair.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, low);
        high = pair.and(UPPER).reinterpretAsFloats().fma(x, high);
      }
      low.intoArray(sums, sum + d);
      high.intoArray(sums, sum + half + d);
    }
  }
}
