package dev.lanewise.bench.synth;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.math.format.BlockFormat;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class RandomBlocksTest {
  private static final int WEIGHTS = 1 << 18;

  @ParameterizedTest
  @EnumSource
  void weightsHaveNoMeanAndTheDeviationOfTrainedOnes(BlockFormat format) {
    byte[] blocks = new byte[(int) format.bytesFor(WEIGHTS)];
    RandomBlocks.fill(
        format, ByteBuffer.wrap(blocks).order(ByteOrder.LITTLE_ENDIAN), new SplittableRandom(1));
    float[] weights = new float[WEIGHTS];
    format.decode(MemorySegment.ofArray(blocks), 0, weights, 0, WEIGHTS);
    double sum = 0;
    double squares = 0;
    for (float weight : weights) {
      sum += weight;
      squares += weight * weight;
    }
    assertEquals(0, sum / WEIGHTS, 0.0005);
    assertEquals(RandomBlocks.DEVIATION, Math.sqrt(squares / WEIGHTS), 0.0025);
  }
}
