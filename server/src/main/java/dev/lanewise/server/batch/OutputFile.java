package dev.lanewise.server.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The file that lines are added to. Whatever ends the process, all lines but perhaps the last one
 * are whole; what is left of a torn one is cut off by {@link #cut}.
 *
 * <p>Any thread may add lines, and close the file.
 */
public final class OutputFile implements Closeable {
  /** An array cannot be longer. */
  private static final int LONGEST_LINE = Integer.MAX_VALUE - 16;

  /** What a crash of the machine may cost: those lines are computed again. */
  private static final long FORCE_NANOS = Duration.ofSeconds(5).toNanos();

  private final Path path;
  private final FileChannel channel;
  private final Set<String> ids = new HashSet<>();
  private final Set<Integer> invalidLines = new TreeSet<>();
  private int errors;
  private long end;
  private long forced = System.nanoTime();
  private boolean closed;

  private OutputFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /**
   * Opens a file, which need not exist, and reads what is in it. Nothing is changed yet.
   *
   * @throws IOException if it cannot be read and written, another process has it open, or there is
   *     something in it that was not written here
   */
  public static OutputFile open(Path path) throws IOException {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw new IOException(path + ": is no file that could be continued");
    }
    FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      lock(path, channel);
      OutputFile file = new OutputFile(path, channel);
      file.readLines();
      return file;
    } catch (IOException | RuntimeException | Error failure) {
      channel.close();
      throw failure;
    }
  }

  private static void lock(Path path, FileChannel channel) throws IOException {
    boolean mine;
    try {
      mine = channel.tryLock() != null;
    } catch (OverlappingFileLockException own) {
      mine = false;
    }
    if (!mine) {
      throw new IOException(path + ": another batch writes to it");
    }
  }

  @SuppressWarnings("resource") // closing the reader would close the channel
  private void readLines() throws IOException {
    LineReader lines = new LineReader(Channels.newInputStream(channel), LONGEST_LINE);
    for (Optional<LineReader.Line> line = lines.next(); line.isPresent(); line = lines.next()) {
      if (line.get().whole()) {
        add(line.get());
        end = line.get().end();
      } else {
        checkTorn(line.get());
      }
    }
  }

  private void add(LineReader.Line line) throws IOException {
    WrittenLine read;
    try {
      read = WrittenLine.read(line.bytes());
    } catch (IOException foreign) {
      throw foreign(line, foreign);
    }
    boolean added =
        read.customId() == null ? invalidLines.add(read.error().line()) : ids.add(read.customId());
    if (!added) {
      throw new IOException("%s: line %d repeats an earlier one".formatted(path, line.number()));
    }
    if (read.isError()) {
      errors++;
    }
  }

  /** The end of a file is cut off only if it is the beginning of a line. */
  private void checkTorn(LineReader.Line line) throws IOException {
    String text = new String(line.bytes(), UTF_8);
    if (!text.startsWith(OutputLine.BEGINNING) && !OutputLine.BEGINNING.startsWith(text)) {
      throw foreign(line, null);
    }
  }

  private IOException foreign(LineReader.Line line, IOException cause) {
    return new IOException(
        "%s: line %d is none that 'batch' wrote; name another file for the output"
            .formatted(path, line.number()),
        cause);
  }

  /** The requests that have their line. To be changed by who compares them with the input. */
  Set<String> ids() {
    return ids;
  }

  /** The numbers of those lines of the input that are no requests, and have their line. */
  Set<Integer> invalidLines() {
    return invalidLines;
  }

  /** How many of the lines that were there when the file was opened tell of errors. */
  public int errors() {
    return errors;
  }

  /** Cuts off what is left of a line that was not written to its end. */
  public void cut() throws IOException {
    channel.truncate(end);
    channel.position(end);
  }

  /**
   * Adds a line, unless the file was closed.
   *
   * @param listener is told of it before the file can be closed, so that who closes it knows how
   *     many lines there are
   * @throws IOException if it cannot be written; the file is closed then
   */
  synchronized void append(OutputLine line, BatchRun.Listener listener) throws IOException {
    if (closed) {
      return;
    }
    write(line.bytes());
    listener.written(line.isError());
  }

  private void write(byte[] line) throws IOException {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(line);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      if (System.nanoTime() - forced > FORCE_NANOS) {
        channel.force(false);
        forced = System.nanoTime();
      }
    } catch (IOException failure) {
      closed = true; // the next line must not follow a torn one
      channel.close();
      throw new IOException(
          "%s: cannot be written: %s".formatted(path, failure.getMessage()), failure);
    }
  }

  /** Whether it takes no more lines. */
  public synchronized boolean isClosed() {
    return closed;
  }

  /** Lets a line that is being written become whole, brings all to the disk and takes no more. */
  @Override
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      try (channel) {
        channel.force(false);
      }
    }
  }
}
