package dev.lanewise.bench.limit;

import dev.lanewise.math.thread.ThreadTeam;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Fused multiply-adds of FP32 vectors in registers, and nothing else. Twelve chains that do not
 * depend on each other hide the latency: cores of today start two a cycle and take four or five
 * cycles for one. With the one constant they fit into the 16 registers of AVX2.
 */
final class FmaPeak implements LimitLoop {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int CHAINS = 12;

  /** Of one call; many short calls make the JVM compile the method soon. */
  private static final int ROUNDS = 1 << 12;

  /** A few milliseconds together, so that starting the team does not count. */
  private static final int CALLS = 1 << 8;

  private final ThreadTeam team;
  private final float[] results;

  FmaPeak(ThreadTeam team) {
    this.team = team;
    results = new float[team.size()];
  }

  @Override
  public double run() {
    team.run(
        (member, size) -> {
          for (int call = 0; call < CALLS; call++) {
            results[member] += chains();
          }
        });
    return 2.0 * CHAINS * SPECIES.length() * ROUNDS * CALLS * team.size();
  }

  /**
   * Each chain adds 1/4 in every round. They start differently, so that no compiler takes them for
   * one, and the sum is what is changed, as the instruction does it: no register is copied.
   */
  private static float chains() {
    FloatVector half = FloatVector.broadcast(SPECIES, 0.5f);
    FloatVector a = half;
    FloatVector b = a.add(half);
    FloatVector c = b.add(half);
    FloatVector d = c.add(half);
    FloatVector e = d.add(half);
    FloatVector f = e.add(half);
    FloatVector g = f.add(half);
    FloatVector h = g.add(half);
    FloatVector i = h.add(half);
    FloatVector j = i.add(half);
    FloatVector k = j.add(half);
    FloatVector l = k.add(half);
    for (int round = 0; round < ROUNDS; round++) {
      a = half.fma(half, a);
      b = half.fma(half, b);
      c = half.fma(half, c);
      d = half.fma(half, d);
      e = half.fma(half, e);
      f = half.fma(half, f);
      g = half.fma(half, g);
      h = half.fma(half, h);
      i = half.fma(half, i);
      j = half.fma(half, j);
      k = half.fma(half, k);
      l = half.fma(half, l);
    }
    FloatVector first = a.add(b).add(c.add(d)).add(e.add(f));
    FloatVector second = g.add(h).add(i.add(j)).add(k.add(l));
    return first.add(second).lane(0);
  }

  @Override
  public void close() {}
}
