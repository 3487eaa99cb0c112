package dev.lanewise.math.thread;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ThreadTeamTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void everyMemberRunsEveryTaskOnce(int threads) {
    try (ThreadTeam team = new ThreadTeam(threads)) {
      AtomicIntegerArray runs = new AtomicIntegerArray(threads);
      for (int i = 0; i < 3000; i++) {
        team.run((member, size) -> runs.incrementAndGet(member));
      }
      for (int member = 0; member < threads; member++) {
        assertEquals(3000, runs.get(member));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 7, 576})
  void sharesCoverAllUnitsWithoutOverlap(int units) {
    for (int size = 1; size <= 5; size++) {
      assertEquals(0, ThreadTeam.share(units, 0, size));
      assertEquals(units, ThreadTeam.share(units, size, size));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void rethrowsWhatAMemberThrowsAndStaysUsable(int thrower) {
    try (ThreadTeam team = new ThreadTeam(3)) {
      RuntimeException expected = new RuntimeException("member " + thrower);
      RuntimeException thrown =
          assertThrows(
              RuntimeException.class,
              () ->
                  team.run(
                      (member, size) -> {
                        if (member == thrower) {
                          throw expected;
                        }
                      }));
      assertSame(expected, thrown);
      AtomicIntegerArray runs = new AtomicIntegerArray(3);
      team.run((member, size) -> runs.incrementAndGet(member));
      assertEquals("[1, 1, 1]", runs.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void nobodyPassesABarrierBeforeAllHaveComeToIt(int threads) {
    try (ThreadTeam team = new ThreadTeam(threads)) {
      int phases = 500;
      AtomicIntegerArray arrivals = new AtomicIntegerArray(phases);
      AtomicInteger early = new AtomicInteger();
      for (int run = 1; run <= 3; run++) {
        int all = run * threads;
        team.run(
            (member, size) -> {
              for (int phase = 0; phase < phases; phase++) {
                arrivals.incrementAndGet(phase);
                team.barrier();
                early.addAndGet(arrivals.get(phase) == all ? 0 : 1);
              }
            });
      }
      assertEquals(0, early.get());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void aFailureEndsTheWaitAtABarrier(int thrower) {
    try (ThreadTeam team = new ThreadTeam(3)) {
      RuntimeException expected = new RuntimeException("member " + thrower);
      for (int round = 0; round < 100; round++) {
        RuntimeException thrown =
            assertThrows(
                RuntimeException.class,
                () ->
                    team.run(
                        (member, size) -> {
                          team.barrier();
                          if (member == thrower) {
                            throw expected;
                          }
                          team.barrier();
                        }));
        assertSame(expected, thrown);
        team.run((member, size) -> team.barrier());
      }
    }
  }

  @Test
  void aClosedTeamRefusesToRun() {
    ThreadTeam team = new ThreadTeam(2);
    team.close();
    assertThrows(IllegalStateException.class, () -> team.run((member, size) -> {}));
  }

  @Test
  void rejectsATeamOfNobody() {
    assertThrows(IllegalArgumentException.class, () -> new ThreadTeam(0));
  }
}
