package dev.lanewise.engine.sparse;

import static dev.lanewise.engine.sparse.Projection.DOWN;
import static dev.lanewise.engine.sparse.Projection.GATE;
import static dev.lanewise.engine.sparse.Projection.OUTPUT;
import static dev.lanewise.engine.sparse.Projection.QUERY;
import static dev.lanewise.engine.sparse.Projection.UP;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.lanewise.model.config.FeedForwardForm;
import dev.lanewise.model.config.ModelConfig;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** How thresholds are found. */
public enum ThresholdMethod {
  /**
   * One threshold in a block, on |silu(gate)| of all its neurons. Lee et al., "CATS:
   * Contextually-Aware Thresholding for Sparsity in Large Language Models" (2024).
   */
  @JsonProperty("cats")
  CATS(EnumSet.of(UP, DOWN), true),

  /**
   * A threshold for each neuron, lower where {@code up} is large in the mean, and one on the inputs
   * of the query and of the output matrix. He et al., "CHESS: Optimizing LLM Inference via
   * Channel-Wise Thresholding and Selective Sparsification" (2024).
   */
  @JsonProperty("chess")
  CHESS(EnumSet.of(QUERY, OUTPUT, UP, DOWN), true),

  /**
   * A threshold on the inputs of each matrix, by what it does to the output of the block. Liu et
   * al., "Training-Free Activation Sparsity in Large Language Models" (2024).
   */
  @JsonProperty("teal")
  TEAL(EnumSet.allOf(Projection.class), true),

  /**
   * A threshold on how little a feed-forward block turns the residual, at which the next ones are
   * skipped, see {@link FfnSkipping}.
   */
  @JsonProperty("ffn-skip")
  FFN_SKIP(EnumSet.of(GATE, UP, DOWN), false);

  private final Set<Projection> projections;
  private final boolean needsGate;

  ThresholdMethod(Set<Projection> projections, boolean needsGate) {
    this.projections = projections;
    this.needsGate = needsGate;
  }

  /** As options and files name it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Whether the method is for the feed-forward parts of a model. */
  public boolean worksOn(ModelConfig config) {
    boolean gatedSilu = config.feedForward() == FeedForwardForm.GATED_SILU;
    return !needsGate || gatedSilu && !config.traits().experts().exist();
  }

  /** The matrices that the method leaves out part of. */
  public Set<Projection> projections() {
    return EnumSet.copyOf(projections);
  }
}
