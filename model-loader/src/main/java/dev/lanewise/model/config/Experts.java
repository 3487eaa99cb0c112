package dev.lanewise.model.config;

/**
 * A mixture of experts: feed-forward parts of which a router chooses some for each token.
 *
 * @param count how many there are in a block; 0 for a single part without a router
 * @param used how many are chosen for a token
 * @param renormalised whether the probabilities of the chosen ones are made to sum up to 1
 */
public record Experts(int count, int used, boolean renormalised) {
  /** A dense model. */
  public static final Experts NONE = new Experts(0, 0, false);

  /** Whether there are any. */
  public boolean exist() {
    return count > 0;
  }
}
