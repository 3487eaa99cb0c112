package dev.lanewise.bench.limit;

import dev.lanewise.math.thread.ThreadTeam;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What this machine allows with a number of threads. Decoding cannot read weights faster than
 * memory gives them, and prompts in F32 cannot be computed faster than cores multiply.
 *
 * @param threads that read and multiply together
 * @param bytesPerSecond memory reads, one figure for each repetition
 * @param flopPerSecond FP32 operations, one figure for each repetition; a fused multiply-add is two
 */
public record MachineLimits(int threads, List<Double> bytesPerSecond, List<Double> flopPerSecond) {
  private static final long WARM_UP_NANOS = 1_000_000_000L;
  private static final long REPETITION_NANOS = 300_000_000L;

  /**
   * Measures for a second and a third of a second for each repetition, twice.
   *
   * @throws IllegalStateException if the JVM was started without the Vector API
   */
  public static MachineLimits measure(int threads, int repetitions) {
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
      throw new IllegalStateException(
          "limits are measured with vectors, and the Vector API is not loaded; start Java with"
              + " --add-modules jdk.incubator.vector, or use ./lanewise, which does");
    }
    try (ThreadTeam team = new ThreadTeam(threads);
        LimitLoop reads = new ReadBandwidth(team);
        LimitLoop multiplications = new FmaPeak(team)) {
      return new MachineLimits(
          threads, rates(reads, repetitions), rates(multiplications, repetitions));
    }
  }

  /** The most bytes a second that were read. */
  public double bestBytesPerSecond() {
    return Collections.max(bytesPerSecond);
  }

  /** The most operations a second that were done. */
  public double bestFlopPerSecond() {
    return Collections.max(flopPerSecond);
  }

  private static List<Double> rates(LimitLoop loop, int repetitions) {
    rate(loop, WARM_UP_NANOS);
    List<Double> rates = new ArrayList<>();
    for (int i = 0; i < repetitions; i++) {
      rates.add(rate(loop, REPETITION_NANOS));
    }
    return rates;
  }

  private static double rate(LimitLoop loop, long nanos) {
    double done = 0;
    long start = System.nanoTime();
    long now;
    do {
      done += loop.run();
      now = System.nanoTime();
    } while (now - start < nanos);
    return done / ((now - start) / 1e9);
  }
}
