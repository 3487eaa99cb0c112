package dev.lanewise.server.hub;

import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * A file of a repository.
 *
 * @param name its path in the repository, with slashes; it leads nowhere else, whoever wrote it
 * @param size in bytes
 */
record HubFile(String name, long size, Checksum checksum) {
  private static final int LONGEST_SEGMENT = 255;
  private static final int LONGEST_NAME = 1024;

  /** 32 TB: sums of sizes stay far from the largest long. */
  private static final long LARGEST = 1L << 45;

  private static final Set<String> OTHER_FOLDERS = Set.of("", ".", "..");

  /**
   * @throws IllegalArgumentException if the name is no plain relative path, or the size not one
   *     that a file may have
   */
  HubFile {
    if (!isPlain(name)) {
      throw new IllegalArgumentException("'%s' is no name for a file".formatted(printable(name)));
    }
    if (size < 0 || size > LARGEST) {
      throw new IllegalArgumentException("%s has no size, or one of no file".formatted(name));
    }
  }

  private static boolean isPlain(String name) {
    if (name.length() > LONGEST_NAME
        || name.chars().anyMatch(c -> Character.isISOControl(c) || "\\:*?\"<>|".indexOf(c) >= 0)) {
      return false;
    }
    for (String segment : name.split("/", -1)) {
      if (OTHER_FOLDERS.contains(segment)
          || segment.getBytes(StandardCharsets.UTF_8).length > LONGEST_SEGMENT) {
        return false;
      }
    }
    return true;
  }

  private static String printable(String name) {
    String safe = name.replaceAll("\\p{Cntrl}", "?");
    return safe.length() <= 80 ? safe : safe.substring(0, 80) + "...";
  }
}
