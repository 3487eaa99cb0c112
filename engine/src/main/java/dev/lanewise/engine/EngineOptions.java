package dev.lanewise.engine;

import dev.lanewise.math.kernel.KvFormat;
import java.util.OptionalInt;

/**
 * How to run a model.
 *
 * @param threads threads that compute
 * @param context positions a sequence may have; empty: the model's, at most {@link
 *     #DEFAULT_CONTEXT}
 * @param activations precision of activations while decoding; prompts are computed in F32
 * @param kv how keys and values are kept
 */
public record EngineOptions(
    int threads, OptionalInt context, Activations activations, KvFormat kv) {
  /** The longest context that is used without being asked for. */
  public static final int DEFAULT_CONTEXT = 8192;

  /** Precision of the inputs of matrix products while decoding. */
  public enum Activations {
    /** Blocks of 32 with 8 bits each and a scale. */
    INT8,
    /** Full precision. */
    F32
  }

  /** All physical cores, 8-bit activations, a bf16 cache. */
  public static EngineOptions defaults() {
    return new EngineOptions(
        CpuTopology.physicalCores(), OptionalInt.empty(), Activations.INT8, KvFormat.BF16);
  }
}
