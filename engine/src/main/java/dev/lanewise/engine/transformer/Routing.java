package dev.lanewise.engine.transformer;

import dev.lanewise.model.config.Experts;

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

  private final int[] columns;
  private final float[] weights;

  Routing(Experts experts, int mostColumns) {
    this.experts = experts;
    chosen = new int[mostColumns * experts.used()];
    chosenWeights = new float[chosen.length];
    starts = new int[experts.count() + 1];
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
    double all = 0;
    for (int e = 0; e < experts.count(); e++) {
      all += Math.exp(scores[offset + e] - (double) max(scores, offset));
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
      double weight = Math.exp(scores[offset + best] - (double) max(scores, offset));
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
    int place = 0;
    for (int expert = 0; expert < experts.count(); expert++) {
      starts[expert] = place;
      for (int k = 0; k < count * experts.used(); k++) {
        if (chosen[k] == expert) {
          columns[place] = k / experts.used();
          weights[place] = chosenWeights[k];
          place++;
        }
      }
    }
    starts[experts.count()] = place;
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
