package dev.lanewise.math.kernel;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.format.E2m1;
import dev.lanewise.math.format.TableBlocks;
import dev.lanewise.math.matrix.CodeMoves;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.matrix.TileLayout;
import dev.lanewise.math.matrix.UnitPacker;
import dev.lanewise.math.matrix.Units;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The definition of {@link GatherKernels}. */
final class ScalarGather implements GatherKernels {
  private static final ValueLayout.OfInt LANE =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int BLOCK = Inputs.BLOCK;

  @Override
  public void move(
      CodeMoves moves, MemorySegment source, long from, MemorySegment target, long to, int spans) {
    int bytes = 4 * CodeMoves.LANES;
    for (int s = 0; s < spans; s++) {
      for (int unit = 0; unit < moves.spanUnitBytes(); unit += bytes) {
        long at = (long) s * moves.spanBytes() + unit;
        move(moves, source, from + at, target, to + at);
      }
    }
  }

  /** Moves the codes of {@link CodeMoves#LANES} lanes. */
  private static void move(
      CodeMoves moves, MemorySegment source, long from, MemorySegment target, long to) {
    for (int lane = 0; lane < CodeMoves.LANES; lane++) {
      int sum = target.get(LANE, to + 4L * lane);
      for (int position = 0; position < moves.positions(); position++) {
        int at = position * CodeMoves.LANES + lane;
        int word = source.get(LANE, from + 4L * moves.lanes()[at]);
        sum |= word >>> moves.shifts()[at] << moves.up(position) & moves.masks()[at];
      }
      target.set(LANE, to + 4L * lane, sum);
    }
  }

  @Override
  public void largest(float[] weights, int first, int stride, float[] largest) {
    Arrays.fill(largest, 0);
    for (int k = 0; k < BLOCK; k++) {
      for (int r = 0; r < largest.length; r++) {
        largest[r] = Math.max(largest[r], Math.abs(weights[first + k * stride + r]));
      }
    }
  }

  @Override
  public void encode(float[] weights, int first, int stride, float[] inverses, Matrix to, long at) {
    TileLayout layout = to.layout();
    UnitPacker packer = new UnitPacker(layout);
    byte[] codes = new byte[layout.tileRows()];
    byte[] unit = new byte[layout.unitBytes()];
    for (int k = 0; k < BLOCK; k++) {
      for (int r = 0; r < codes.length; r++) {
        float scaled = weights[first + k * stride + r] * inverses[r];
        codes[layout.slotOfRow(r)] =
            (byte)
                (to.format() == BlockFormat.Q8_0 ? byteCode(scaled) : e2m1(scaled, layout.units()));
      }
      packer.one(codes, 0, unit, 0);
      MemorySegment.copy(
          unit, 0, to.tiles(), ValueLayout.JAVA_BYTE, at + (long) k * unit.length, unit.length);
    }
  }

  private static int byteCode(float scaled) {
    int q = (int) (scaled + Math.copySign(0.5f, scaled));
    return Math.clamp(q, -Inputs.MOST, Inputs.MOST) ^ 0x80;
  }

  private static int e2m1(float scaled, Units units) {
    int code = E2m1.code(scaled);
    return units == Units.BYTES ? TableBlocks.doubledE2m1(code) ^ 0x80 : code;
  }
}
