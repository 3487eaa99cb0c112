package dev.lanewise.server.hub;

import java.util.Locale;

/** Numbers of bytes for people, in powers of 1000 as hubs show them. */
public final class Bytes {
  private Bytes() {}

  /** {@code 4.7 GB}, {@code 338.8 kB} or {@code 12 B}. */
  public static String of(long bytes) {
    if (bytes < 1000) {
      return bytes + " B";
    }
    double value = bytes / 1e3;
    int unit = 0;
    for (; value >= 999.95 && unit < 3; unit++) {
      value /= 1e3;
    }
    return String.format(Locale.ROOT, "%.1f %cB", value, "kMGT".charAt(unit));
  }
}
