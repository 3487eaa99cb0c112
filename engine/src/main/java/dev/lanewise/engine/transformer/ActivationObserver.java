package dev.lanewise.engine.transformer;

/** Sees vectors while they are computed, for calibration. */
@FunctionalInterface
public interface ActivationObserver {
  /**
   * Sees one vector of one column, before thresholds for it are applied. One thread calls this
   * while all others of the team wait.
   *
   * @param position of the column in its sequence
   * @param values has {@code count} elements from {@code from} on; only to be read, and only now
   */
  void observe(int layer, Activation activation, int position, float[] values, int from, int count);

  /**
   * Sees one vector of one column at one of the experts it goes through, which {@link #observe}
   * does not see: {@link Activation#FFN_INPUT} and {@link Activation#PRODUCT}. Not called for a
   * step that is alone.
   *
   * @param values has {@code count} elements from {@code from} on; only to be read, and only now
   */
  default void observeExpert(
      int layer, int expert, Activation activation, float[] values, int from, int count) {}
}
