package dev.lanewise.engine.packed;

import dev.lanewise.math.thread.ThreadTeam;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * CRC32C checksums, computed by all threads of a team. The checksum of a segment is that of the
 * checksums of its pieces of {@link #PIECE} bytes, so that a large one has work for all threads.
 */
final class Checksums {
  private static final long PIECE = 4L << 20;

  private Checksums() {}

  /** The checksum of each segment. */
  static int[] of(List<MemorySegment> segments, ThreadTeam team) {
    List<MemorySegment> pieces = new ArrayList<>();
    for (MemorySegment segment : segments) {
      for (long at = 0; at < segment.byteSize(); at += PIECE) {
        pieces.add(segment.asSlice(at, Math.min(PIECE, segment.byteSize() - at)));
      }
    }
    int[] ofPieces = new int[pieces.size()];
    team.run(
        (member, size) -> {
          int end = ThreadTeam.share(ofPieces.length, member + 1, size);
          for (int i = ThreadTeam.share(ofPieces.length, member, size); i < end; i++) {
            ofPieces[i] = of(pieces.get(i).asByteBuffer());
          }
        });
    int[] checksums = new int[segments.size()];
    int piece = 0;
    for (int s = 0; s < checksums.length; s++) {
      int count = Math.toIntExact(Math.ceilDiv(segments.get(s).byteSize(), PIECE));
      ByteBuffer all = ByteBuffer.allocate(Integer.BYTES * count);
      for (int i = 0; i < count; i++) {
        all.putInt(ofPieces[piece++]);
      }
      checksums[s] = of(all.flip());
    }
    return checksums;
  }

  /** The plain CRC32C of some bytes. */
  static int of(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
