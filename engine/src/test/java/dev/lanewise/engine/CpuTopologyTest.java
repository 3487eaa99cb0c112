package dev.lanewise.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.CpuTopology.Cores;
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

  private CpuTopology.Cores cores(String allowed, int processors) throws IOException {
    Path status = cpus.resolve("status");
    Files.writeString(status, "Name:\tjava\nCpus_allowed_list:\t" + allowed + "\nThreads:\t9\n");
    return CpuTopology.cores(cpus, status, processors);
  }

  @Test
  void countsHardwareThreadsOfOneCoreOnce() throws IOException {
    assertEquals(new Cores(4, "4 physical cores"), cores("0-7", 8));
  }

  @Test
  void countsOnlyProcessorsTheProcessMayUse() throws IOException {
    assertEquals(new Cores(2, "2 physical cores"), cores("0-1,5", 3));
    assertEquals(new Cores(1, "1 physical core"), cores("2,6", 2));
  }

  @Test
  void neverExceedsWhatTheContainerAllows() throws IOException {
    String limit = ", which is the limit of the container or the JVM";
    assertEquals(new Cores(2, "2 processors" + limit), cores("0-7", 2));
    assertEquals(new Cores(1, "1 processor" + limit), cores("0,1", 1));
    assertEquals(new Cores(4, "4 physical cores"), cores("0-7", 4));
  }

  @Test
  void countsEveryProcessorWhereTheSystemDoesNotTell() throws IOException {
    assertEquals(new Cores(8, "8 processors"), cores("0-8", 8));
    assertEquals(new Cores(3, "3 processors"), cores("nonsense", 3));
    assertEquals(new Cores(5, "5 processors"), CpuTopology.cores(cpus, cpus.resolve("absent"), 5));
  }

  @Test
  void findsAtLeastOneCoreHere() {
    assertTrue(CpuTopology.cores().count() >= 1);
  }
}
