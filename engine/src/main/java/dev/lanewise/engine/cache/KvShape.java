package dev.lanewise.engine.cache;

import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.kernel.KvLayout;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.config.SlidingWindow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How the keys and values of a model are divided. Layers that attend to all positions are one
 * group, those with a window another. {@link KvLayout#POSITIONS} positions of a group are a page,
 * which is taken and given back as a whole. It is made of blocks, which have the same size in both
 * groups, so that memory goes to whoever wants it: a block holds as many layers as divide both
 * groups. If the model has one group, a page is one block with all layers.
 */
public final class KvShape {
  private final KvLayout layout;
  private final int kvHeads;
  private final boolean hasEncoder;
  private final int layersOfBlock;
  private final List<LayerGroup> groups = new ArrayList<>();
  private final int[] groupOfLayer;

  /** The number of each layer in its group. */
  private final int[] numberInGroup;

  private KvShape(ModelConfig config, KvFormat format, boolean slides) {
    layout = new KvLayout(format, config.headDim());
    kvHeads = config.kvHeads();
    hasEncoder = config.hasEncoder();
    SlidingWindow window = config.traits().window();
    int layers = config.cachedLayers();
    groupOfLayer = new int[layers];
    numberInGroup = new int[layers];
    int sliding = 0;
    for (int layer = 0; layer < layers; layer++) {
      if (slides && window.covers(layer)) {
        groupOfLayer[layer] = 1;
        numberInGroup[layer] = sliding++;
      } else {
        numberInGroup[layer] = layer - sliding;
      }
    }
    int others = layers - sliding;
    layersOfBlock = greatestCommonDivisor(others, sliding);
    if (others > 0) {
      groups.add(new LayerGroup(LayerGroup.ALL, others / layersOfBlock));
    } else {
      Arrays.fill(groupOfLayer, 0);
    }
    if (sliding > 0) {
      groups.add(new LayerGroup(window.positions(), sliding / layersOfBlock));
    }
  }

  /** The shape of a model's caches that keep what its layers attend to. */
  public static KvShape of(ModelConfig config, KvFormat format) {
    // A window that no context is longer than hides nothing, and encoders have whole texts at once.
    boolean slides =
        config.generates() && config.traits().window().positions() < config.contextLength();
    return new KvShape(config, format, slides);
  }

  /** The shape of caches that keep all positions in all layers. */
  static KvShape whole(ModelConfig config, KvFormat format) {
    return new KvShape(config, format, false);
  }

  private static int greatestCommonDivisor(int a, int b) {
    return b == 0 ? a : greatestCommonDivisor(b, a % b);
  }

  /** Bytes of one block. */
  public long blockBytes() {
    return Math.multiplyExact(layout.blockBytes(), (long) layersOfBlock * kvHeads);
  }

  /** Most blocks that a sequence of up to {@code positions} positions holds. */
  public int blocksFor(int positions) {
    int blocks = 0;
    for (LayerGroup group : groups) {
      blocks =
          Math.addExact(blocks, Math.multiplyExact(group.endPage(0, positions), group.blocks()));
    }
    return blocks;
  }

  /**
   * Most blocks that a sequence of a context holds: of an encoder-decoder as many for the text that
   * the encoder reads as for the positions of the decoder.
   */
  public int blocksOfSequence(int context) {
    return hasEncoder ? Math.multiplyExact(2, blocksFor(context)) : blocksFor(context);
  }

  /** Whether sequences have a text for an encoder. */
  boolean hasEncoder() {
    return hasEncoder;
  }

  /** Blocks that {@link KvLayout#POSITIONS} positions take. */
  public int blocksOfPages() {
    return blocksFor(1);
  }

  /** Groups, those without a window first. */
  List<LayerGroup> groups() {
    return groups;
  }

  /** How keys and values lie in the part of a layer and KV head. */
  KvLayout layout() {
    return layout;
  }

  /** The group that a layer belongs to. */
  int group(int layer) {
    return groupOfLayer[layer];
  }

  /** Which block of a page has a layer. */
  int block(int layer) {
    return numberInGroup[layer] / layersOfBlock;
  }

  /** Byte offset of the part of a layer and KV head in its block. */
  long offset(int layer, int kvHead) {
    long part = (long) (numberInGroup[layer] % layersOfBlock) * kvHeads + kvHead;
    return part * layout.blockBytes();
  }
}
