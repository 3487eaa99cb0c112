package dev.lanewise.server.cli;

import java.nio.file.Path;

/** Where files are kept that can be made or fetched again. */
final class CacheFolder {
  private CacheFolder() {}

  /**
   * A folder of Lanewise's, by the XDG Base Directory Specification, which has relative ones
   * ignored.
   */
  static Path of(String name) {
    String named = System.getenv("XDG_CACHE_HOME");
    Path caches =
        named != null && Path.of(named).isAbsolute()
            ? Path.of(named)
            : Path.of(System.getProperty("user.home"), ".cache");
    return caches.resolve("lanewise").resolve(name);
  }
}
