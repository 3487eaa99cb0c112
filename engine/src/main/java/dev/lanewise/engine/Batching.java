package dev.lanewise.engine;

import java.util.OptionalLong;

/**
 * How requests share an engine.
 *
 * @param parallel most requests that are computed together, up to {@link #MOST_PARALLEL}
 * @param queue requests that may wait beside them
 * @param kvMemory bytes for keys and values of all requests together; empty for what the memory
 *     allows, see {@link KvMemory}
 * @param prefillShare part of the time that prompts get while other requests generate
 */
public record Batching(int parallel, int queue, OptionalLong kvMemory, double prefillShare) {
  /** More sequences than this are not computed in one pass. */
  public static final int MOST_PARALLEL = 256;

  /** 32 requests computed together, 128 waiting, 45% of the time for prompts. */
  public static final Batching DEFAULTS = new Batching(32, 128, OptionalLong.empty(), 0.45);

  public Batching {
    if (parallel < 1 || parallel > MOST_PARALLEL) {
      throw new IllegalArgumentException(
          "parallel: " + parallel + ", must be from 1 to " + MOST_PARALLEL);
    }
    if (queue < 0) {
      throw new IllegalArgumentException("queue: " + queue + ", must be 0 or more");
    }
    if (kvMemory.isPresent() && kvMemory.getAsLong() < 1) {
      throw new IllegalArgumentException("kv-memory: " + kvMemory.getAsLong() + " bytes");
    }
    if (!(prefillShare > 0 && prefillShare < 1)) {
      throw new IllegalArgumentException(
          "prefill-share: " + prefillShare + ", must be above 0 and below 1");
    }
  }
}
