package dev.lanewise.engine;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** How many cores there are to compute on. */
public final class CpuTopology {
  private static final Path CPUS = Path.of("/sys/devices/system/cpu");

  private CpuTopology() {}

  /**
   * Physical cores this process may use: matrix kernels fill a core's units, so a second hardware
   * thread on it gains nothing. Follows the limits of a container. Where the topology is not told
   * (macOS, some virtual machines), every processor counts.
   */
  public static int physicalCores() {
    int available = Runtime.getRuntime().availableProcessors();
    Set<String> cores = new HashSet<>();
    try (DirectoryStream<Path> cpus = Files.newDirectoryStream(CPUS, "cpu[0-9]*")) {
      for (Path cpu : cpus) {
        Path siblings = cpu.resolve("topology/thread_siblings_list");
        if (Files.exists(siblings)) {
          cores.add(Files.readString(siblings).strip());
        }
      }
    } catch (IOException unreadable) {
      return available;
    }
    return cores.isEmpty() ? available : Math.min(available, cores.size());
  }
}
