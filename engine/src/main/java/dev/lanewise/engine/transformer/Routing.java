package dev.lanewise.engine.transformer;

import dev.lanewise.model.config.Experts;
import java.util.Arrays;

/**
 * Which columns of a pass go through which expert. A place is a column at one of its experts;
 * places are in the order of experts, those of an expert in the order of columns.
 *
 * <p>Shazeer et al., "Outrageously Large Neural Networks: The Sparsely-Gated Mixture-of-Experts
 * Layer" (2017), section 2.1, without noise.
 */
final class Routing {
  private final Experts experts;

  /** The experts of each column, {@code [columns, used]}, and their weights. */
  private final int[] chosen;

  private final float[] chosenWeights;

  /** Where the places of each expert begin, and behind them where those of the last end. */
  private final int[] starts;

  /** While sorting: the next free place of each expert. */
  private final int[] next;

  private final int[] columns;
  private final float[] weights;

  Routing(Experts experts, int mostColumns) {
    this.experts = experts;
    chosen = new int[mostColumns * experts.used()];
    chosenWeights = new float[chosen.length];
    starts = new int[experts.count() + 1];
    next = new int[experts.count()];
    columns = new int[chosen.length];
    weights = new float[chosen.length];
  }

  /**
   * Chooses the experts of a column: those with the largest scores, of equal ones the first.
   *
   * @param scores of all experts, {@code scores[offset..offset + count)}
   */
  void choose(int column, float[] scores, int offset) {
    int first = column * experts.used();
    double max = max(scores, offset);
    double all = 0;
    for (int e = 0; e < experts.count(); e++) {
      all += Math.exp(scores[offset + e] - max);
    }
    double ofChosen = 0;
    for (int k = 0; k < experts.used(); k++) {
      int best = -1;
      for (int e = 0; e < experts.count(); e++) {
        boolean free = !isChosen(first, k, e);
        if (free && (best < 0 || scores[offset + e] > scores[offset + best])) {
          best = e;
        }
      }
      double weight = Math.exp(scores[offset + best] - max);
      chosen[first + k] = best;
      chosenWeights[first + k] = (float) weight;
      ofChosen += weight;
    }
    for (int k = 0; k < experts.used(); k++) {
      chosenWeights[first + k] /= (float) (experts.renormalised() ? ofChosen : all);
    }
  }

  private float max(float[] scores, int offset) {
    float max = scores[offset];
    for (int e = 1; e < experts.count(); e++) {
      max = Math.max(max, scores[offset + e]);
    }
    return max;
  }

  private boolean isChosen(int first, int count, int expert) {
    for (int k = first; k < first + count; k++) {
      if (chosen[k] == expert) {
        return true;
      }
    }
    return false;
  }

  /** Sorts what was chosen for the first columns by experts. */
  void sort(int count) {
    int places = count * experts.used();
    Arrays.fill(starts, 0);
    for (int k = 0; k < places; k++) {
      starts[chosen[k] + 1]++;
    }
    for (int expert = 0; expert < experts.count(); expert++) {
      starts[expert + 1] += starts[expert];
      next[expert] = starts[expert];
    }
    for (int k = 0; k < places; k++) {
      int place = next[chosen[k]]++;
      columns[place] = k / experts.used();
      weights[place] = chosenWeights[k];
    }
  }

  int start(int expert) {
    return starts[expert];
  }

  int end(int expert) {
    return starts[expert + 1];
  }

  int column(int place) {
    return columns[place];
  }

  /** What the output of the expert is multiplied by. */
  float weight(int place) {
    return weights[place];
  }
}
