package dev.lanewise.engine;

import com.sun.management.OperatingSystemMXBean;
import dev.lanewise.engine.cache.KvShape;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.model.config.ModelConfig;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * How many blocks the KV cache may have.
 *
 * @param limit bytes the process may use, if its container has a limit
 * @param free bytes of the machine that are free, page caches among them
 * @param weights bytes of the packed weights and of copies of them, which have been taken already
 */
record KvMemory(OptionalLong limit, long free, long weights) {
  /** What the process takes beside weights, keys and values; measured, see docs/models.md. */
  private static final long OVERHEAD = 400L << 20;

  /** Without a limit: room for so many requests of a full context, ... */
  private static final int CONTEXTS = 8;

  /** ... but no more than this part of the free memory. */
  private static final int PART_OF_FREE = 4;

  /** The memory of this process, with packed weights of so many bytes. */
  static KvMemory ofProcess(long weights) {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long total = system.getTotalMemorySize(); // of the container, if it has a limit
    long machine = meminfo("MemTotal:", total);
    OptionalLong limit = total < machine ? OptionalLong.of(total) : OptionalLong.empty();
    return new KvMemory(limit, meminfo("MemAvailable:", system.getFreeMemorySize()), weights);
  }

  private static long meminfo(String name, long otherwise) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
        if (line.startsWith(name)) {
          return Long.parseLong(line.substring(name.length()).replace("kB", "").strip()) << 10;
        }
      }
    } catch (IOException | NumberFormatException notLinux) {
      return otherwise;
    }
    return otherwise;
  }

  /**
   * Blocks for keys and values.
   *
   * @param asked bytes to use; empty for what the memory allows
   * @throws InvalidRequest if they do not hold one full context, or are more than the limit leaves
   */
  int blocks(ModelConfig config, KvFormat format, int context, OptionalLong asked) {
    checkLimit(config, format, context, asked);
    KvShape shape = KvShape.of(config, format);
    long block = shape.blockBytes();
    long ofContext = shape.blocksOfSequence(context);
    long bytes;
    if (asked.isPresent()) {
      bytes = asked.getAsLong();
    } else if (limit.isPresent()) {
      bytes = limit.getAsLong() - weights - OVERHEAD;
    } else {
      bytes = Math.min(CONTEXTS * ofContext * block, free / PART_OF_FREE);
      bytes = Math.max(bytes, Math.min(ofContext * block, free));
    }
    long blocks = Math.max(0, bytes / block);
    if (blocks < ofContext) {
      throw new InvalidRequest(
          "kv-memory",
          "%d MiB are too little: a context of %d tokens takes %d MiB; give more memory or a shorter --context"
              .formatted(Math.max(0, bytes) >> 20, context, ceilMiB(ofContext * block)));
    }
    return (int) Math.min(blocks, Integer.MAX_VALUE);
  }

  /**
   * A process that exceeds its limit is killed without a word, so this says it before.
   *
   * @throws InvalidRequest if the limit is too small for the weights and for keys and values
   */
  void checkLimit(ModelConfig config, KvFormat format, int context, OptionalLong asked) {
    KvShape shape = KvShape.of(config, format);
    long ofContext = shape.blocksOfSequence(context) * shape.blockBytes();
    long least = weights + OVERHEAD + asked.orElse(ofContext);
    if (limit.isPresent() && least > limit.getAsLong()) {
      String name = asked.isPresent() ? "kv-memory" : "context";
      throw new InvalidRequest(
          name,
          "the memory limit of %d MiB is too small: weights take %d MiB, %s %d MiB and the rest about %d MiB; set the limit to %d MiB or more, or make --%s smaller"
              .formatted(
                  limit.getAsLong() >> 20,
                  ceilMiB(weights),
                  asked.isPresent() ? "the KV cache" : "a context of " + context + " tokens",
                  ceilMiB(asked.orElse(ofContext)),
                  OVERHEAD >> 20,
                  ceilMiB(least),
                  name));
    }
  }

  private static long ceilMiB(long bytes) {
    return (bytes + (1 << 20) - 1) >> 20;
  }
}
