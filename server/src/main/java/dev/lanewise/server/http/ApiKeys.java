package dev.lanewise.server.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The keys that clients may use. Only their SHA-256 digests are kept. */
public final class ApiKeys {
  private static final HeaderName X_API_KEY = HeaderNames.create("X-Api-Key");
  private static final String BEARER = "Bearer ";

  private final List<byte[]> digests;

  private ApiKeys(List<byte[]> digests) {
    this.digests = List.copyOf(digests);
  }

  /**
   * Reads a file with a key a line; blank lines, and lines that begin with #, are skipped.
   *
   * @throws IOException if it cannot be read, naming the file
   * @throws IllegalArgumentException if it holds no key, or one that no header can carry
   */
  public static ApiKeys read(Path file) throws IOException {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (FileSystemException named) {
      throw named;
    } catch (IOException unreadable) { // a folder, or not UTF-8
      throw new IOException(file + ": cannot be read as a text file", unreadable);
    }
    List<byte[]> digests = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String key = lines.get(i).strip();
      if (key.isEmpty() || key.startsWith("#")) {
        continue;
      }
      if (!key.chars().allMatch(c -> c > ' ' && c <= '~')) {
        throw new IllegalArgumentException(
            "%s: line %d is no API key: one has only visible ASCII characters, without spaces"
                .formatted(file, i + 1));
      }
      digests.add(digest(key));
    }
    if (digests.isEmpty()) {
      throw new IllegalArgumentException(file + ": no API key in it; write one a line");
    }
    return new ApiKeys(digests);
  }

  /**
   * The key a client shows, as {@code Authorization: Bearer KEY} or {@code X-Api-Key: KEY}; the
   * first wins.
   */
  public static Optional<String> shown(Headers headers) {
    return headers
        .first(HeaderNames.AUTHORIZATION)
        .filter(value -> value.regionMatches(true, 0, BEARER, 0, BEARER.length()))
        .map(value -> value.substring(BEARER.length()))
        .or(() -> headers.first(X_API_KEY))
        .map(String::strip);
  }

  /** Whether a key is one of these; how long that takes tells nothing of them. */
  public boolean contain(String key) {
    byte[] shown = digest(key);
    boolean found = false;
    for (byte[] digest : digests) {
      found |= MessageDigest.isEqual(digest, shown);
    }
    return found;
  }

  private static byte[] digest(String key) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException never) {
      throw new IllegalStateException(never); // every Java platform has it
    }
  }
}
