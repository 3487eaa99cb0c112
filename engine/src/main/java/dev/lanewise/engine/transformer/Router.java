package dev.lanewise.engine.transformer;

import dev.lanewise.math.kernel.FloatKernels;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.ModelConfig;

/**
 * Scores the experts of a block for each column and lets {@link Routing} choose.
 *
 * <p>A router is a matrix of few rows. They are multiplied one by one, each by one member: in tiles
 * of 64 rows, as the products of other matrices have, the 8 experts of a step were all one
 * member's, and read 8 times as much memory as there is to read.
 */
final class Router {
  private final int experts;
  private final int hidden;
  private final FloatKernels floats;
  private final ThreadTeam team;
  private final Columns columns;
  private final Routing routing;

  /** {@code [columns, experts]}. */
  private final float[] scores;

  /** Working memory of each member. */
  private final float[][] lanes;

  Router(
      ModelConfig config, FloatKernels floats, ThreadTeam team, Columns columns, Routing routing) {
    experts = config.traits().experts().count();
    hidden = config.hidden();
    this.floats = floats;
    this.team = team;
    this.columns = columns;
    this.routing = routing;
    scores = new float[Transformer.CHUNK * experts];
    lanes = new float[team.size()][FloatKernels.LANES];
  }

  /** The share of a member of the routing of the normed columns, with barriers at its end. */
  void route(ExpertWeights w, int member, int size) {
    score(w, member, size);
    team.barrier();
    if (columns.count == 1) { // not worth another barrier
      if (member == 0) {
        routing.choose(0, scores, 0);
        routing.sort(1);
      }
      team.barrier();
      return;
    }
    int end = ThreadTeam.share(columns.count, member + 1, size);
    for (int c = ThreadTeam.share(columns.count, member, size); c < end; c++) {
      routing.choose(c, scores, c * experts);
    }
    team.barrier();
    if (member == 0) {
      routing.sort(columns.count);
    }
    team.barrier();
  }

  private void score(ExpertWeights w, int member, int size) {
    Inputs normed = columns.normed;
    int first = ThreadTeam.share(experts, member, size);
    int end = ThreadTeam.share(experts, member + 1, size);
    boolean biased = w.routerBias().length > 0;
    for (int c = 0; c < columns.count; c++) {
      int x = c * normed.stride();
      for (int e = first; e < end; e++) {
        float product =
            floats.dot(w.router(), e * hidden, normed.floats(), x, hidden, lanes[member]);
        scores[c * experts + e] = biased ? product + w.routerBias()[e] : product;
      }
    }
  }
}
