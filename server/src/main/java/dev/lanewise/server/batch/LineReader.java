package dev.lanewise.server.batch;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Reads lines, each of which ends with a newline or with the file, one at a time. */
final class LineReader implements Closeable {
  private static final int BUFFER = 1 << 16;

  private final InputStream in;
  private final int longest;
  private final byte[] buffer = new byte[BUFFER];
  private int position;
  private int filled;
  private int number;
  private long end;

  /**
   * A line.
   *
   * @param number 1 for the first
   * @param bytes without the newline; empty if it is too long
   * @param tooLong whether it is longer than what is read
   * @param whole whether a newline ends it
   * @param end where the next line begins, in bytes from the beginning of the file
   */
  record Line(int number, byte[] bytes, boolean tooLong, boolean whole, long end) {
    /** Whether there is nothing but white space. */
    boolean isBlank() {
      for (byte each : bytes) {
        if (each != ' ' && each != '\t' && each != '\r') {
          return false;
        }
      }
      return !tooLong;
    }
  }

  /**
   * Reads from a stream, which {@link #close} closes.
   *
   * @param longest bytes of the longest line that is kept
   */
  LineReader(InputStream in, int longest) {
    this.in = in;
    this.longest = longest;
  }

  /** Reads a file. */
  static LineReader of(Path file, int longest) throws IOException {
    return new LineReader(Files.newInputStream(file), longest);
  }

  /** The next line; empty after the last one. */
  Optional<Line> next() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    long start = end;
    boolean whole = false;
    boolean tooLong = false;
    while (!whole && fill()) {
      int to = newline();
      whole = to < filled;
      tooLong |= line.size() + (to - position) > longest;
      if (!tooLong) {
        line.write(buffer, position, to - position);
      }
      int next = whole ? to + 1 : to;
      end += next - position;
      position = next;
    }
    if (end == start) {
      return Optional.empty();
    }
    number = Math.incrementExact(number);
    byte[] bytes = tooLong ? new byte[0] : line.toByteArray();
    return Optional.of(new Line(number, bytes, tooLong, whole, end));
  }

  /** Whether there is something in the buffer, perhaps after reading. */
  private boolean fill() throws IOException {
    if (position == filled) {
      position = 0;
      filled = Math.max(0, in.read(buffer));
    }
    return position < filled;
  }

  /** Where the next newline is in the buffer; its end if there is none. */
  private int newline() {
    int at = position;
    while (at < filled && buffer[at] != '\n') {
      at++;
    }
    return at;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
