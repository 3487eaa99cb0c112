package dev.lanewise.bench.limit;

import dev.lanewise.math.thread.ThreadTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Reads memory as decoding does: each member of a team its own part, forward, by vector loads. The
 * memory is off the heap and far larger than the caches.
 */
public final class ReadBandwidth implements LimitLoop {
  private static final VectorSpecies<Long> SPECIES = LongVector.SPECIES_PREFERRED;
  private static final long BYTES = 1L << 30;

  /** Bytes of one call: long enough that calls do not count. */
  public static final int SLICE = 1 << 20;

  private final Arena arena = Arena.ofShared();
  private final ThreadTeam team;
  private final MemorySegment[] parts;
  private final long[] sums;
  private final long slices;

  ReadBandwidth(ThreadTeam team) {
    this.team = team;
    parts = new MemorySegment[team.size()];
    sums = new long[team.size()];
    slices = Math.max(1, BYTES / SLICE / team.size());
    // The member that reads a part touches it first, so that it lies in that member's memory.
    team.run((member, size) -> parts[member] = arena.allocate(slices * SLICE, 64));
  }

  @Override
  public double run() {
    team.run(
        (member, size) -> {
          for (long slice = 0; slice < slices; slice++) {
            sums[member] += sum(parts[member].asSlice(slice * SLICE, SLICE));
          }
        });
    return (double) slices * SLICE * team.size();
  }

  /** Adds up the longs of {@link #SLICE} bytes, which does little beside reading them. */
  public static long sum(MemorySegment slice) {
    LongVector a = LongVector.zero(SPECIES);
    LongVector b = a;
    LongVector c = a;
    LongVector d = a;
    int bytes = SPECIES.vectorByteSize();
    for (int at = 0; at < SLICE; at += 4 * bytes) {
      a = a.add(LongVector.fromMemorySegment(SPECIES, slice, at, ByteOrder.LITTLE_ENDIAN));
      b = b.add(LongVector.fromMemorySegment(SPECIES, slice, at + bytes, ByteOrder.LITTLE_ENDIAN));
      c =
          c.add(
              LongVector.fromMemorySegment(
                  SPECIES, slice, at + 2 * bytes, ByteOrder.LITTLE_ENDIAN));
      d =
          d.add(
              LongVector.fromMemorySegment(
                  SPECIES, slice, at + 3 * bytes, ByteOrder.LITTLE_ENDIAN));
    }
    return a.add(b).add(c.add(d)).lane(0);
  }

  @Override
  public void close() {
    arena.close();
  }
}
