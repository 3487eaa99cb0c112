package dev.lanewise.model.config;

/**
 * Layers that attend to the last positions only.
 *
 * @param positions how many, the own one among them; 0 for no such layers
 * @param period of so many layers in a row, one attends to all positions
 * @param global which of them that is, from 0 on
 * @param ropeTheta base of the rotary frequencies in these layers
 */
public record SlidingWindow(int positions, int period, int global, float ropeTheta) {
  /** The period of a model that has a window in all layers. */
  public static final int ALL = Integer.MAX_VALUE;

  /** No layer has a window. */
  public static final SlidingWindow NONE = new SlidingWindow(0, ALL, ALL - 1, 0);

  /** Whether a layer attends to the window only. */
  public boolean covers(int layer) {
    return positions > 0 && layer % period != global;
  }
}
