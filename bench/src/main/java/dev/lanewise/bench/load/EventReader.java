package dev.lanewise.bench.load;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Reads a stream of server-sent events as servers of this API write it: each has one line of data,
 * and {@code [DONE]} is the last. Comments and other fields are skipped.
 */
final class EventReader {
  private static final String DATA = "data:";
  private static final String DONE = "[DONE]";

  private final BufferedReader lines;

  EventReader(InputStream body) {
    lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
  }

  /**
   * The data of the next event; empty at {@code [DONE]}.
   *
   * @throws IOException also if the stream ends without {@code [DONE]}
   */
  Optional<String> next() throws IOException {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith(DATA)) {
        String data = line.substring(DATA.length()).strip();
        return data.equals(DONE) ? Optional.empty() : Optional.of(data);
      }
    }
    throw new EOFException("the stream ended without " + DONE);
  }
}
