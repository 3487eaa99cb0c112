package dev.lanewise.engine.transformer;

/** Takes the hidden states of the tokens of a prompt, one after the other. */
@FunctionalInterface
public interface HiddenStateReader {
  /**
   * Takes what the last layer and the output norm made of the next token: what the output head is
   * applied to.
   *
   * @param states has the {@code hidden} elements of the state from {@code from} on; the next pass
   *     overwrites it
   */
  void next(float[] states, int from);
}
