package dev.lanewise.engine.cache;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Stands for all tokens from the start of a sequence to the end of one of its blocks: SHA-256 over
 * the key of the block before and the tokens of this one. Who can make two sequences with the same
 * key would read another's answer, so a fast hash will not do.
 */
public record PrefixKey(long a, long b, long c, long d) {
  /**
   * What the chain of a sequence starts from.
   *
   * @param salt sequences with different salts share no block
   */
  public static PrefixKey root(String salt) {
    return of(salt.getBytes(StandardCharsets.UTF_8));
  }

  /** The key of the block that follows, which has {@code count} tokens. */
  public PrefixKey next(int[] tokens, int from, int count) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * Long.BYTES + count * Integer.BYTES);
    bytes.putLong(a).putLong(b).putLong(c).putLong(d);
    for (int i = 0; i < count; i++) {
      bytes.putInt(tokens[from + i]);
    }
    return of(bytes.array());
  }

  private static PrefixKey of(byte[] bytes) {
    try {
      ByteBuffer digest = ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(bytes));
      return new PrefixKey(digest.getLong(), digest.getLong(), digest.getLong(), digest.getLong());
    } catch (NoSuchAlgorithmException impossible) { // every JVM has it
      throw new IllegalStateException(impossible);
    }
  }
}
