package dev.lanewise.engine.sparse;

import dev.lanewise.model.StoredModel;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Tells models apart: the SHA-256 of the SHA-256 hashes of all pieces of {@link #PIECE} bytes of
 * the header and the data of each part of a model file. All cores hash pieces, so this takes no
 * longer than reading the file.
 */
public final class ModelHash {
  private static final long PIECE = 4L << 20;

  private ModelHash() {}

  /**
   * The hash of a model file, in hexadecimal.
   *
   * @throws IOException if it cannot be read
   */
  public static String of(Path model) throws IOException {
    try (StoredModel file = StoredModel.open(model)) {
      List<MemorySegment> pieces = new ArrayList<>();
      file.headerBytes().forEach(header -> addPieces(header, pieces));
      file.dataBytes().forEach(data -> addPieces(data, pieces));
      MessageDigest all = sha256();
      pieces.parallelStream().map(ModelHash::of).forEachOrdered(all::update);
      return HexFormat.of().formatHex(all.digest());
    }
  }

  private static void addPieces(MemorySegment bytes, List<MemorySegment> pieces) {
    for (long at = 0; at < bytes.byteSize(); at += PIECE) {
      pieces.add(bytes.asSlice(at, Math.min(PIECE, bytes.byteSize() - at)));
    }
  }

  private static byte[] of(MemorySegment piece) {
    MessageDigest digest = sha256();
    digest.update(piece.asByteBuffer());
    return digest.digest();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException everyJvmHasIt) {
      throw new IllegalStateException(everyJvmHasIt);
    }
  }
}
