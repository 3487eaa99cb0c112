package dev.lanewise.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Counts the physical cores this process may use.
 *
 * <p>Two hardware threads of one core share its multipliers and its path to memory, so a second
 * team thread on the same core gains nothing here and slows the first.
 */
public final class CpuTopology {
  private static final Path CPUS = Path.of("/sys/devices/system/cpu");
  private static final Path STATUS = Path.of("/proc/self/status");

  /**
   * How many threads can compute without sharing a core.
   *
   * @param reason what sets the number, for people: "2 physical cores"
   */
  public record Cores(int count, String reason) {}

  private CpuTopology() {}

  /**
   * Physical cores among the processors this process is allowed to run on (its affinity or cpuset),
   * at most the processors the JVM reports. The JVM knows the CPU quota of a container (cgroup v2
   * {@code cpu.max}, v1 {@code cpu.cfs_quota_us}), rounded up to whole processors, and {@code
   * -XX:ActiveProcessorCount}. Where the system does not tell which processors share a core, each
   * counts.
   */
  public static Cores cores() {
    return cores(CPUS, STATUS, Runtime.getRuntime().availableProcessors());
  }

  static Cores cores(Path cpus, Path status, int processors) {
    int cores = physicalCores(cpus, status);
    if (cores > 0 && cores <= processors) {
      return new Cores(cores, cores == 1 ? "1 physical core" : cores + " physical cores");
    }
    String limit = cores > processors ? ", which is the limit of the container or the JVM" : "";
    String count = processors == 1 ? "1 processor" : processors + " processors";
    return new Cores(processors, count + limit);
  }

  /** Physical cores, or 0 where the system does not tell. */
  private static int physicalCores(Path cpus, Path status) {
    try {
      Set<String> cores = new HashSet<>();
      for (int cpu : allowed(status).stream().toArray()) {
        Path siblings = cpus.resolve("cpu" + cpu).resolve("topology/thread_siblings_list");
        if (!Files.isReadable(siblings)) {
          return 0;
        }
        cores.add(Files.readString(siblings).strip());
      }
      return cores.size();
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }

  /** The processors in the line {@code Cpus_allowed_list: 0-3,8}. */
  private static BitSet allowed(Path status) throws IOException {
    BitSet allowed = new BitSet();
    if (!Files.isReadable(status)) {
      return allowed;
    }
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith("Cpus_allowed_list:")) {
        String list = line.substring(line.indexOf(':') + 1).strip();
        for (String range : List.of(list.split(","))) {
          int dash = range.indexOf('-');
          int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
          int last = dash < 0 ? first : Integer.parseInt(range.substring(dash + 1));
          allowed.set(first, last + 1);
        }
      }
    }
    return allowed;
  }
}
