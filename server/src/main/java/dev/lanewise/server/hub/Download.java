package dev.lanewise.server.hub;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.LongConsumer;

/**
 * Downloads files of a model at a commit, each into a part file that a later download goes on with.
 *
 * <p>Parts are named by the checksum of the whole file, and a commit never changes, so what is
 * there is a beginning of what is asked for; the checksum proves it at the end.
 */
final class Download {
  private static final int BUFFER_BYTES = 1 << 18;

  private final HubClient client;
  private final ModelReference model;
  private final String commit;
  private final Patience patience;

  Download(HubClient client, ModelReference model, String commit, Patience patience) {
    this.client = client;
    this.model = model;
    this.commit = commit;
    this.patience = patience;
  }

  /**
   * Downloads what is missing, and checks all.
   *
   * @param received told how many bytes of the file are here
   * @throws HubException if the file cannot be had; the part stays, unless it is not the file's
   */
  void fetch(HubFile file, Path part, LongConsumer received) throws IOException {
    try {
      receiveAll(file, part, received);
      if (!file.checksum().matches(part)) {
        throw new HubException.WrongContent(
            "%s: %s is not what the hub says it is (its checksum differs), and was deleted; try again"
                .formatted(model, file.name()));
      }
    } catch (HubException.WrongContent wrong) {
      Files.deleteIfExists(part);
      throw wrong;
    }
  }

  /** Goes on after breaks, as long as each try brings something, or a few bring nothing. */
  private void receiveAll(HubFile file, Path part, LongConsumer received) throws IOException {
    try (FileChannel out =
        FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      long before = out.size();
      out.position(before);
      received.accept(before);
      int failures = 0;
      for (long tried = before; out.position() < file.size(); tried = out.position()) {
        try {
          receive(file, out, received);
        } catch (HubException.Unreachable | HubException.BrokenOff lost) {
          boolean never = lost instanceof HubException.Unreachable && out.position() == before;
          failures = out.position() > tried ? 1 : failures + 1;
          if (never || failures >= patience.tries()) {
            throw lost;
          }
          Patience.pause(patience.after(failures));
        }
      }
      if (out.size() > file.size()) {
        throw wrongSize(file, out.size());
      }
      out.force(true);
    }
  }

  private void receive(HubFile file, FileChannel out, LongConsumer received) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    try (Answer answer = client.open(model, commit, file, out.position())) {
      if (answer.total().orElse(file.size()) != file.size()) {
        throw wrongSize(file, answer.total().getAsLong());
      }
      if (answer.start() == 0) { // a hub need not know ranges
        out.truncate(0);
      } else if (answer.start() != out.position()) {
        throw new HubException.WrongContent(
            "%s: %s comes from another byte on than was asked for".formatted(model, file.name()));
      }
      for (int count = read(answer, file, buffer); count >= 0; count = read(answer, file, buffer)) {
        if (out.position() + count > file.size()) {
          throw wrongSize(file, out.position() + count);
        }
        for (ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, count); bytes.hasRemaining(); ) {
          out.write(bytes);
        }
        received.accept(out.position());
      }
    }
    if (out.position() < file.size()) {
      throw brokenOff(file, null);
    }
  }

  /** Reading may fail and be tried again; writing, on a full disk, may not. */
  private int read(Answer answer, HubFile file, byte[] buffer) throws IOException {
    try {
      return answer.read(buffer);
    } catch (InterruptedIOException stopped) {
      throw stopped;
    } catch (IOException broken) {
      throw brokenOff(file, broken);
    }
  }

  private HubException brokenOff(HubFile file, IOException cause) {
    return new HubException.BrokenOff(
        "%s: the connection broke off during %s; the same command goes on where it ended"
            .formatted(model, file.name()),
        cause);
  }

  private HubException wrongSize(HubFile file, long actual) {
    return new HubException.WrongContent(
        "%s: %s has %,d bytes where the hub lists %,d; nothing of it is kept, try again"
            .formatted(model, file.name(), actual, file.size()));
  }
}
