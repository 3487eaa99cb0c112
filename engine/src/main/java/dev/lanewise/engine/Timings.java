package dev.lanewise.engine;

/**
 * What a generation took.
 *
 * @param promptTokens prompt tokens computed
 * @param promptSeconds from the start of the work to the end of the prompt
 * @param generatedTokens tokens generated
 * @param generationSeconds from the end of the prompt to the last token
 * @param queuedSeconds from submission to the start of the work
 * @param firstTokenSeconds from submission to the first token, or 0 if there was none
 */
public record Timings(
    int promptTokens,
    double promptSeconds,
    int generatedTokens,
    double generationSeconds,
    double queuedSeconds,
    double firstTokenSeconds) {
  /** Prompt tokens a second. */
  public double promptPerSecond() {
    return promptSeconds > 0 ? promptTokens / promptSeconds : 0;
  }

  /** Tokens generated a second. */
  public double generatedPerSecond() {
    return generationSeconds > 0 ? generatedTokens / generationSeconds : 0;
  }
}
