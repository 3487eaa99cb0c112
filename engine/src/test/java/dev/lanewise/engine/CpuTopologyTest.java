package dev.lanewise.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CpuTopologyTest {
  @TempDir private Path cpus;

  /** Four cores of two threads each: processors n and n + 4 are one core. */
  @BeforeEach
  void describeTheMachine() throws IOException {
    for (int cpu = 0; cpu < 8; cpu++) {
      Path topology = cpus.resolve("cpu" + cpu + "/topology");
      Files.createDirectories(topology);
      Files.writeString(
          topology.resolve("thread_siblings_list"), cpu % 4 + "," + (cpu % 4 + 4) + "\n");
    }
  }

  private int cores(String allowed, int processors) throws IOException {
    Path status = cpus.resolve("status");
    Files.writeString(status, "Name:\tjava\nCpus_allowed_list:\t" + allowed + "\nThreads:\t9\n");
    return CpuTopology.physicalCores(cpus, status, processors);
  }

  @Test
  void countsHardwareThreadsOfOneCoreOnce() throws IOException {
    assertEquals(4, cores("0-7", 8));
  }

  @Test
  void countsOnlyProcessorsTheProcessMayUse() throws IOException {
    assertEquals(2, cores("0-1,5", 3));
    assertEquals(1, cores("2,6", 2));
  }

  @Test
  void neverExceedsWhatTheContainerAllows() throws IOException {
    assertEquals(2, cores("0-7", 2));
  }

  @Test
  void countsEveryProcessorWhereTheSystemDoesNotTell() throws IOException {
    assertEquals(8, cores("0-8", 8));
    assertEquals(3, cores("nonsense", 3));
    assertEquals(5, CpuTopology.physicalCores(cpus, cpus.resolve("absent"), 5));
  }

  @Test
  void findsAtLeastOneCoreHere() {
    assertTrue(CpuTopology.physicalCores() >= 1);
  }
}
