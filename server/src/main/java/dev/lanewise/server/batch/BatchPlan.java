package dev.lanewise.server.batch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Which lines of the input are still to be answered. */
public final class BatchPlan {
  private final Path input;
  private final BitSet pending = new BitSet();
  private final BitSet repeated = new BitSet();
  private int lines;

  private BatchPlan(Path input) {
    this.input = input;
  }

  /**
   * Compares the input with the output.
   *
   * @throws IOException if the input cannot be read, or the output has a line for something that is
   *     not in the input
   */
  public static BatchPlan of(Path input, Shard shard, OutputFile output) throws IOException {
    BatchPlan plan = new BatchPlan(input);
    plan.read(shard, output.ids(), output.invalidLines());
    String where = shard.equals(Shard.WHOLE) ? "" : " in shard " + shard;
    if (!output.ids().isEmpty()) {
      throw new IOException(
          "the output has a line for the custom_id '%s', which %s does not have%s; are these the files that belong together?"
              .formatted(output.ids().iterator().next(), input, where));
    }
    if (!output.invalidLines().isEmpty()) {
      throw new IOException(
          "the output has an error for line %d of %s, which has none%s; are these the files that belong together?"
              .formatted(output.invalidLines().iterator().next(), input, where));
    }
    return plan;
  }

  /** Takes what is found out of {@code doneIds} and {@code doneLines}. */
  private void read(Shard shard, Set<String> doneIds, Set<Integer> doneLines) throws IOException {
    Set<String> seen = new HashSet<>();
    try (LineReader reader = LineReader.of(input, BatchRequest.LONGEST_LINE)) {
      for (Optional<LineReader.Line> next = reader.next(); next.isPresent(); next = reader.next()) {
        LineReader.Line line = next.get();
        if (line.isBlank()) {
          continue;
        }
        Optional<String> id = customId(line);
        if (id.isPresent() && !seen.add(id.get())) {
          repeated.set(line.number());
          id = Optional.empty();
        }
        if (shard.has(line.number())) {
          lines++;
          boolean done =
              id.isPresent() ? doneIds.remove(id.get()) : doneLines.remove(line.number());
          pending.set(line.number(), !done);
        }
      }
    }
  }

  private static Optional<String> customId(LineReader.Line line) {
    try {
      return Optional.of(BatchRequest.read(line).customId());
    } catch (InvalidLine unnamed) {
      return Optional.empty();
    }
  }

  /** The input. */
  Path input() {
    return input;
  }

  /** Whether a line is to be answered. */
  boolean isPending(LineReader.Line line) {
    return pending.get(line.number());
  }

  /** Whether an earlier line has the same {@code custom_id}. */
  boolean isRepeated(LineReader.Line line) {
    return repeated.get(line.number());
  }

  /** How many lines there are, blank ones and those of other shards left out. */
  public int lines() {
    return lines;
  }

  /** How many of them are still to be answered. */
  public int left() {
    return pending.cardinality();
  }
}
