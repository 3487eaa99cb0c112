package dev.lanewise.engine.transformer;

import dev.lanewise.math.MatMul;
import dev.lanewise.math.kernel.FloatKernels;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.ModelConfig;
import java.util.Arrays;

/**
 * The chosen experts of a single step, whose phases are those of all experts together: so its
 * members wait for each other as seldom as in a dense block. What they compute has the same bits as
 * one expert after the other.
 */
final class ExpertStep {
  private final ModelConfig config;
  private final FloatKernels floats;
  private final MatMul matMul;
  private final ThreadTeam team;
  private final Columns columns;
  private final ColumnMath math;
  private final ExpertActivation activation;
  private final Routing routing;

  /** One column for each of the chosen experts. */
  private final Inputs[] inner;

  private final float[][] up;
  private final float[][] projected;

  ExpertStep(
      ModelConfig config,
      FloatKernels floats,
      MatMul matMul,
      ThreadTeam team,
      Columns columns,
      ColumnMath math,
      ExpertActivation activation,
      Routing routing) {
    this.config = config;
    this.floats = floats;
    this.matMul = matMul;
    this.team = team;
    this.columns = columns;
    this.math = math;
    this.activation = activation;
    this.routing = routing;
    int used = config.traits().experts().used();
    inner = new Inputs[used];
    Arrays.setAll(inner, place -> new Inputs(1, config.ffnHidden()));
    up = new float[used][config.ffnHidden()];
    projected = new float[used][config.hidden()];
  }

  /** The share of a member, after the routing, with a barrier at the end. */
  void compute(ExpertWeights w, int member, int size) {
    int experts = config.traits().experts().count();
    for (int expert = 0; expert < experts; expert++) {
      if (routing.start(expert) < routing.end(expert)) {
        multiply(w, expert, routing.start(expert), member, size);
      }
    }
    if (!math.areSharedAlike(w.gates().getFirst(), w.ups().getFirst(), size)) {
      team.barrier();
    }
    for (int expert = 0; expert < experts; expert++) {
      if (routing.start(expert) < routing.end(expert)) {
        activate(w, expert, routing.start(expert), member, size);
      }
    }
    team.barrier();
    if (math.rounded(w.downs().getFirst()) > 0) {
      for (Inputs column : inner) {
        math.round(column, 1, config.ffnHidden(), member, size);
      }
      team.barrier();
    }
    for (int expert = 0; expert < experts; expert++) {
      if (routing.start(expert) < routing.end(expert)) {
        add(w, expert, routing.start(expert), member, size);
      }
    }
    team.barrier();
  }

  private void multiply(ExpertWeights w, int expert, int place, int member, int size) {
    int stride = config.ffnHidden(); // of a single column
    float[] gated = inner[place].floats();
    math.multiply(w.gates().get(expert), columns.normed, gated, stride, member, size);
    math.multiply(w.ups().get(expert), columns.normed, up[place], stride, member, size);
  }

  private void activate(ExpertWeights w, int expert, int place, int member, int size) {
    Matrix gate = w.gates().get(expert);
    int row = matMul.firstRow(gate, member, size);
    int rows = matMul.firstRow(gate, member + 1, size) - row;
    activation.apply(w, expert, inner[place].floats(), row, up[place], row, row, rows);
  }

  private void add(ExpertWeights w, int expert, int place, int member, int size) {
    Matrix down = w.downs().get(expert);
    float[] y = projected[place];
    math.multiply(down, inner[place], y, config.hidden(), member, size);
    int row = matMul.firstRow(down, member, size);
    int rows = matMul.firstRow(down, member + 1, size) - row;
    if (w.downBiases().length > 0) {
      floats.add(y, row, w.downBiases(), expert * config.hidden() + row, rows);
    }
    ColumnMath.multiply(y, row, rows, routing.weight(place) * config.traits().residualScale());
    floats.add(columns.residual, row, y, row, rows);
  }
}
