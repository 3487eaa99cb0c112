package dev.lanewise.engine.transformer;

import dev.lanewise.engine.sparse.ChosenNeurons;
import dev.lanewise.engine.sparse.CoreNeurons;
import dev.lanewise.engine.sparse.LargestShare;
import dev.lanewise.math.thread.ThreadTeam;
import java.util.Arrays;

/**
 * What a pass does with the activations of the neurons: counts those of prompts in which core
 * neurons are looked for, and sets those to 0 that are left out.
 */
final class NeuronChoice {
  private final Columns columns;
  private final ThreadTeam team;
  private final int neurons;
  private final LargestShare[] largest;

  /** The columns that are counted. */
  private final boolean[] watched;

  /** The smallest activation that counts of each of them. */
  private final float[] least;

  private boolean watches;
  private boolean masks;

  NeuronChoice(Columns columns, ThreadTeam team, int neurons) {
    this.columns = columns;
    this.team = team;
    this.neurons = neurons;
    largest = new LargestShare[team.size()];
    Arrays.setAll(largest, i -> new LargestShare(neurons));
    watched = new boolean[columns.sparsity.length];
    least = new float[watched.length];
  }

  /** Looks at the columns of a pass, before it begins. */
  void plan() {
    watches = false;
    masks = false;
    for (int c = 0; c < columns.count; c++) {
      watched[c] =
          c >= columns.steps
              && columns.sparsity[c] instanceof CoreNeurons core
              && core.watches(columns.positions[c]);
      watches |= watched[c];
      masks |= columns.sparsity[c] instanceof ChosenNeurons;
    }
  }

  /** The share of a member of the activations of a layer, which are there; ends with a barrier. */
  void apply(int layer, int member, int size) {
    if (!watches && !masks) {
      return;
    }
    float[] activations = columns.inner.floats();
    int stride = columns.inner.stride();
    int end = ThreadTeam.share(columns.count, member + 1, size);
    for (int c = ThreadTeam.share(columns.count, member, size); c < end; c++) {
      if (columns.sparsity[c] instanceof ChosenNeurons chosen) {
        chosen.mask(layer, activations, c * stride, neurons);
      } else if (counts(layer, c)) {
        double share = core(c).rule().tokenShare();
        least[c] = largest[member].least(activations, c * stride, neurons, share);
      }
    }
    team.barrier();
    int first = ThreadTeam.share(neurons, member, size);
    int last = ThreadTeam.share(neurons, member + 1, size);
    for (int c = 0; watches && c < columns.count; c++) {
      if (counts(layer, c)) {
        core(c).count(layer, activations, c * stride, least[c], first, last);
      }
    }
  }

  /** After a pass: the tokens are counted. */
  void done() {
    for (int c = 0; watches && c < columns.count; c++) {
      if (watched[c]) {
        core(c).seen(columns.positions[c]);
      }
    }
  }

  private boolean counts(int layer, int column) {
    return watched[column] && core(column).rule().covers(layer);
  }

  private CoreNeurons core(int column) {
    return (CoreNeurons) columns.sparsity[column];
  }
}
