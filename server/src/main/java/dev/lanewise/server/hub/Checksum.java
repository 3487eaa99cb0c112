package dev.lanewise.server.hub;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What a hub says a file's content is: the SHA-256 of large files (Git LFS), Git's blob id of
 * others, which is the SHA-1 of {@code "blob " + size + NUL} and the content.
 *
 * @param hex 64 or 40 lower-case hexadecimal digits
 */
record Checksum(Kind kind, String hex) {
  enum Kind {
    SHA256("SHA-256", 64),
    GIT_BLOB("SHA-1", 40);

    private final String algorithm;
    private final int digits;

    Kind(String algorithm, int digits) {
      this.algorithm = algorithm;
      this.digits = digits;
    }
  }

  /**
   * @throws IllegalArgumentException if the digits are not the kind's
   */
  Checksum {
    if (!hex.matches("[0-9a-f]{%d}".formatted(kind.digits))) {
      throw new IllegalArgumentException("no checksum of kind %s: %s".formatted(kind, hex));
    }
  }

  /** Reads a file to its end and tells whether it is the one. */
  boolean matches(Path file) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance(kind.algorithm);
    } catch (NoSuchAlgorithmException never) {
      throw new IllegalStateException(never); // every Java platform has both
    }
    if (kind == Kind.GIT_BLOB) {
      digest.update("blob %d\0".formatted(Files.size(file)).getBytes(StandardCharsets.US_ASCII));
    }
    try (InputStream in = Files.newInputStream(file);
        OutputStream sink = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
      in.transferTo(sink);
    }
    return HexFormat.of().formatHex(digest.digest()).equals(hex);
  }
}
