package dev.lanewise.engine.sparse;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;

/** What is left out for one target, in a {@link SparsityFile}, whose method decides the kind. */
@JsonTypeInfo(use = JsonTypeInfo.Id.DEDUCTION)
@JsonSubTypes({@JsonSubTypes.Type(ThresholdLevel.class), @JsonSubTypes.Type(SkippingLevel.class)})
public sealed interface SparsityLevel permits ThresholdLevel, SkippingLevel {
  /** The share to leave out of what the method works on, more than 0 and less than 1. */
  double target();

  /** The share that was left out, in weights of the matrices the method works on. */
  double realised();

  /** The same in weights of all matrices of all blocks. */
  double ofAllWeights();

  /**
   * What to compute with.
   *
   * @param upMeans of the file
   * @param neurons of a block
   */
  Sparsity sparsity(List<float[]> upMeans, int neurons);

  /** Throws if a target is not between 0 and 1. */
  static void check(double target) {
    if (!(target > 0 && target < 1)) {
      throw new IllegalArgumentException("target " + target + " is not between 0 and 1");
    }
  }
}
