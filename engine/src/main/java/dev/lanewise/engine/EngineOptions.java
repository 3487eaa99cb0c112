package dev.lanewise.engine;

import dev.lanewise.math.kernel.KvFormat;
import java.util.OptionalInt;

/**
 * How an engine computes.
 *
 * @param threads platform threads that share each operation, the engine thread included
 * @param context most tokens of one request, prompt and answer together; empty for the smaller of
 *     the model's context and {@link #DEFAULT_CONTEXT}
 * @param activations precision of the inputs of matrix products
 * @param kvCache number format of cached keys and values
 */
public record EngineOptions(
    int threads, OptionalInt context, Activations activations, KvFormat kvCache) {

  /** Context of a model that allows more, unless asked for. */
  public static final int DEFAULT_CONTEXT = 8192;

  /** Precision of the inputs of matrix products. */
  public enum Activations {
    /**
     * One byte with a scale for each 32 values: about four times less arithmetic, at a small loss.
     */
    INT8,
    /** Full precision, as the reference computes. */
    F32
  }

  public EngineOptions {
    if (threads < 1) {
      throw new IllegalArgumentException("threads: " + threads + ", must be at least 1");
    }
    if (context.isPresent() && context.getAsInt() < 2) {
      throw new IllegalArgumentException(
          "context: " + context.getAsInt() + ", must be at least 2: a prompt token and an answer");
    }
  }

  /** All physical cores the process may use, the default context, int8 activations, BF16 cache. */
  public static EngineOptions defaults() {
    return new EngineOptions(
        CpuTopology.physicalCores(), OptionalInt.empty(), Activations.INT8, KvFormat.BF16);
  }
}
