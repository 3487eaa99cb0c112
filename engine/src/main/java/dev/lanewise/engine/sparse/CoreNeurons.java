package dev.lanewise.engine.sparse;

import java.util.Arrays;

/**
 * The core neurons of one sequence: watches its prompt, and chooses when it first generates alone.
 * From then on the set stays. Steps beside those of other sequences are computed whole, since every
 * sequence has a set of its own. For the threads of one pass at a time.
 *
 * <p>A position counts once, however often it is computed. Positions that were found in the prefix
 * cache are not seen; if fewer than {@link CoreInfer#leastTokens} are, the answer is computed
 * whole. So a sequence should take from there no position after {@link #nextPosition}.
 */
public final class CoreNeurons implements Sparsity {
  private final CoreInfer rule;
  private final int neurons;

  /** How many tokens have a neuron among their most active ones, {@code [layer][neuron]}. */
  private final int[][] counts;

  /** The activations that were counted, added up. */
  private final float[][] sums;

  private int tokens;
  private int nextPosition;
  private ChosenNeurons chosen;

  /**
   * For a new sequence.
   *
   * @param layers of the model
   * @param neurons of a layer
   * @throws IllegalArgumentException if the rule is for a deeper model
   */
  public CoreNeurons(CoreInfer rule, int layers, int neurons) {
    if (rule.endLayer() > layers) {
      throw new IllegalArgumentException(
          "neurons are left out up to layer %d, but there are %d"
              .formatted(rule.endLayer(), layers));
    }
    this.rule = rule;
    this.neurons = neurons;
    counts = new int[layers][];
    sums = new float[layers][];
    for (int layer = rule.firstLayer(); layer < rule.endLayer(); layer++) {
      counts[layer] = new int[neurons];
      sums[layer] = new float[neurons];
    }
  }

  /** How the neurons are found. */
  public CoreInfer rule() {
    return rule;
  }

  /** The first position of the prompt that was not seen. */
  public int nextPosition() {
    return nextPosition;
  }

  /** Whether the activations at a position of the prompt are wanted. */
  public boolean watches(int position) {
    return chosen == null && position >= nextPosition;
  }

  /**
   * Counts those of neurons {@code from} to {@code end - 1} that are among the most active of a
   * token. Different neurons may be counted by different threads; tokens in order.
   *
   * @param activations of a layer that the rule covers, from {@code offset} on
   * @param least the smallest activation that counts, above 0
   */
  public void count(int layer, float[] activations, int offset, float least, int from, int end) {
    int[] counts = this.counts[layer];
    float[] sums = this.sums[layer];
    for (int i = from; i < end; i++) {
      float activation = activations[offset + i];
      counts[i] += activation >= least ? 1 : 0;
      sums[i] += activation >= least ? activation : 0;
    }
  }

  /** Tells that the token at a position was counted in all layers. */
  public void seen(int position) {
    nextPosition = position + 1;
    tokens++;
  }

  /** Whether enough was seen to choose. */
  public boolean ready() {
    return tokens >= rule.leastTokens();
  }

  /** The neurons that are kept, chosen by what was seen until the first call. */
  public ChosenNeurons choose() {
    if (chosen == null) {
      int kept = rule.kept(neurons);
      int[][] all = new int[counts.length][];
      for (int layer = 0; layer < counts.length; layer++) {
        all[layer] =
            rule.covers(layer) && kept < neurons ? mostFrequent(layer, kept) : ChosenNeurons.ALL;
      }
      chosen = new ChosenNeurons(all);
    }
    return chosen;
  }

  /** Those counted most often; of equally many, those with the larger sum, then the first. */
  private int[] mostFrequent(int layer, int kept) {
    long[] ranks = new long[neurons];
    for (int i = 0; i < neurons; i++) {
      // The bits of floats that are not negative compare as integers.
      ranks[i] = (long) counts[layer][i] << 32 | Float.floatToRawIntBits(sums[layer][i]);
    }
    long[] sorted = ranks.clone();
    Arrays.sort(sorted);
    long last = sorted[neurons - kept];
    int above = 0;
    for (long rank : ranks) {
      above += rank > last ? 1 : 0;
    }
    int equal = kept - above;
    int[] chosen = new int[kept];
    int size = 0;
    for (int i = 0; i < neurons; i++) {
      if (ranks[i] > last || ranks[i] == last && equal-- > 0) {
        chosen[size++] = i;
      }
    }
    return chosen;
  }
}
