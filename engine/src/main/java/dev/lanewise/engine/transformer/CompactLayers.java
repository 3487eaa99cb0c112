package dev.lanewise.engine.transformer;

import dev.lanewise.engine.sparse.ChosenNeurons;
import dev.lanewise.engine.sparse.CoreNeurons;
import dev.lanewise.math.gather.Gather;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.thread.ThreadTeam;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * The layers of the model with only the core neurons of one sequence, whose gate, up and down
 * matrices are copied together: one set at a time, for the sequence that generates alone. The
 * memory is kept for the next sequence.
 */
final class CompactLayers implements AutoCloseable {
  private final List<LayerWeights> whole;
  private final Gather gather;
  private final ThreadTeam team;
  private List<LayerWeights> compact;
  private Arena memory = Arena.ofShared();
  private ChosenNeurons held;
  private long savedBytes;

  CompactLayers(List<LayerWeights> whole, Gather gather, ThreadTeam team) {
    this.whole = whole;
    this.gather = gather;
    this.team = team;
    compact = whole;
  }

  /**
   * The layers that compute these columns: the compact ones for a single step of a sequence that
   * has core neurons, which are copied if they are not those of the last such step; else the whole
   * ones.
   */
  List<LayerWeights> layersFor(Columns columns) {
    if (columns.isOneStep() && columns.sparsity[0] instanceof CoreNeurons core && core.ready()) {
      ChosenNeurons chosen = core.choose();
      if (chosen != held) {
        hold(chosen);
      }
      return compact;
    }
    return whole;
  }

  /** Bytes that the compact layers have less than the whole ones. */
  long savedBytes() {
    return savedBytes;
  }

  private void hold(ChosenNeurons chosen) {
    held = null;
    if (!fits(chosen)) {
      allocate(chosen);
    }
    team.run(
        (member, size) -> {
          for (int layer = 0; layer < whole.size(); layer++) {
            if (chosen.covers(layer)) {
              int[] neurons = chosen.of(layer);
              LayerWeights from = whole.get(layer);
              LayerWeights to = compact.get(layer);
              if (from.gate() != null) {
                gather.rows(from.gate(), neurons, to.gate(), member, size);
              }
              gather.rows(from.up(), neurons, to.up(), member, size);
              gather.inputs(from.down(), neurons, to.down(), member, size);
              if (member == 0) {
                copy(from.upBias(), neurons, to.upBias());
              }
            }
          }
        });
    held = chosen;
  }

  private boolean fits(ChosenNeurons chosen) {
    for (int layer = 0; layer < whole.size(); layer++) {
      int neurons = chosen.covers(layer) ? chosen.of(layer).length : whole.get(layer).down().cols();
      if (compact.get(layer).down().cols() != neurons) {
        return false;
      }
    }
    return true;
  }

  private void allocate(ChosenNeurons chosen) {
    compact = whole;
    memory.close();
    memory = Arena.ofShared();
    List<LayerWeights> layers = new ArrayList<>();
    for (int layer = 0; layer < whole.size(); layer++) {
      LayerWeights w = whole.get(layer);
      layers.add(chosen.covers(layer) ? room(w, chosen.of(layer).length) : w);
    }
    compact = layers;
    savedBytes = 0;
    for (int layer = 0; layer < layers.size(); layer++) {
      savedBytes += whole.get(layer).feedForwardBytes() - layers.get(layer).feedForwardBytes();
    }
  }

  private LayerWeights room(LayerWeights w, int neurons) {
    Matrix gate = w.gate() == null ? null : gather.roomForRows(w.gate(), neurons, memory);
    Matrix up = gather.roomForRows(w.up(), neurons, memory);
    Matrix down = gather.roomForInputs(w.down(), neurons, memory);
    float[] upBias = w.upBias().length == 0 ? w.upBias() : new float[neurons];
    return w.withFeedForward(gate, up, down, upBias);
  }

  private static void copy(float[] biases, int[] neurons, float[] chosen) {
    for (int i = 0; i < chosen.length; i++) {
      chosen[i] = biases[neurons[i]];
    }
  }

  /** Frees the copies. */
  @Override
  public void close() {
    memory.close();
  }
}
