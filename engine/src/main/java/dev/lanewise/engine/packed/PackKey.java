package dev.lanewise.engine.packed;

import dev.lanewise.math.MatMul;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.matrix.TileLayout;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.StoredModel;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * What packed weights depend on, as a SHA-256: the headers of the model file, its size and the
 * checksums of its data, the format that weights are converted to, and the layouts of all formats.
 */
final class PackKey {
  /** Bytes of a key. */
  static final int BYTES = 32;

  private final byte[] hash;

  private PackKey(byte[] hash) {
    this.hash = hash;
  }

  /** The key of a model that is packed for these kernels; reads the whole file. */
  static PackKey of(
      StoredModel file, Optional<BlockFormat> conversion, MatMul matMul, ThreadTeam team) {
    MessageDigest digest = sha256();
    StringBuilder conditions = new StringBuilder();
    conditions.append(TileLayout.VERSION).append(conversion);
    for (BlockFormat format : BlockFormat.values()) {
      conditions.append(format).append(matMul.layout(format));
    }
    digest.update(conditions.toString().getBytes(StandardCharsets.UTF_8));
    int[] checksums = Checksums.of(file.dataBytes(), team);
    for (int part = 0; part < checksums.length; part++) {
      MemorySegment header = file.headerBytes().get(part);
      digest.update(
          ByteBuffer.allocate(2 * Long.BYTES + Integer.BYTES)
              .putLong(header.byteSize())
              .putLong(file.dataBytes().get(part).byteSize())
              .putInt(checksums[part])
              .flip());
      digest.update(header.asByteBuffer());
    }
    return new PackKey(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException everyJvmHasIt) {
      throw new IllegalStateException(everyJvmHasIt);
    }
  }

  /** The {@link #BYTES} bytes of the key. */
  ByteBuffer bytes() {
    return ByteBuffer.wrap(hash).asReadOnlyBuffer();
  }

  /** The beginning of the key, for file names. */
  String shortName() {
    return HexFormat.of().formatHex(hash, 0, 8);
  }
}
