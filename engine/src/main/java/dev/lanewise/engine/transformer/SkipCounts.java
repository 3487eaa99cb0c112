package dev.lanewise.engine.transformer;

import dev.lanewise.model.config.ModelConfig;
import java.util.Arrays;

/** What the last pass left out. */
public final class SkipCounts {
  private final long allBytes;
  private final float[] activeShares;
  private long savedBytes;
  private int skippedBlocks;

  /** For a model whose matrices have so many bytes. */
  SkipCounts(ModelConfig config, long allBytes) {
    this.allBytes = allBytes;
    activeShares = new float[config.layers()];
  }

  /** Begins a pass. */
  void clear() {
    savedBytes = 0;
    skippedBlocks = 0;
    Arrays.fill(activeShares, Float.NaN);
  }

  /** Weights that were not read. */
  void saved(long bytes) {
    savedBytes += bytes;
  }

  /** Feed-forward blocks that were skipped. */
  void skipped(int blocks) {
    skippedBlocks += blocks;
  }

  /** How many of a layer's neurons are active. */
  void active(int layer, int active, int neurons) {
    activeShares[layer] = (float) active / neurons;
  }

  /** Layers of the model. */
  public int layers() {
    return activeShares.length;
  }

  /**
   * The share of a layer's neurons that was not left out in a pass of a single step; NaN if nothing
   * could be.
   */
  public float activeShare(int layer) {
    return activeShares[layer];
  }

  /** Feed-forward blocks that were skipped, those of all columns together. */
  public int skippedBlocks() {
    return skippedBlocks;
  }

  /** Bytes of packed weights that were read, each once. */
  public long weightBytes() {
    return allBytes - savedBytes;
  }
}
