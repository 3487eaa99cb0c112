package dev.lanewise.model.safetensors;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The codes that stand for zero, several in a word.
 *
 * @param across whether the words are ordered like those of {@link CodeGrid.Order#ACROSS}
 * @param rowStride words from those of some rows to those of the next
 * @param groupStride words from one group to the next
 * @param added to each word: 1 in each code where zeros are stored less 1. The carry belongs to it,
 *     since 1 was taken off whole words
 */
record ZeroGrid(
    StoredPart tensor, int bits, boolean across, long rowStride, long groupStride, int added) {
  /** Those of a row. */
  void read(List<MemorySegment> files, long row, int[] zeros) {
    int perWord = CodeGrid.perWord(bits);
    int shift = across ? CodeGrid.shiftAcross(row) : (int) (row % perWord) * bits;
    for (int group = 0; group < zeros.length; group++) {
      int word = tensor.intAt(files, row / perWord * rowStride + group * groupStride) + added;
      zeros[group] = word >>> shift & (1 << bits) - 1;
    }
  }
}
