package dev.lanewise.engine;

/**
 * Where the time of one generation went.
 *
 * @param promptTokens prompt tokens computed
 * @param cachedTokens prompt tokens before them, whose keys and values were there already
 * @param promptSeconds time from when the engine began until they were computed
 * @param generatedTokens tokens generated, without the end-of-generation token
 * @param generationSeconds time from the first generated token to the last
 * @param queuedSeconds time from submission until the engine began
 * @param firstTokenSeconds time from submission to the first generated token; to the end if there
 *     was none
 */
public record Timings(
    int promptTokens,
    int cachedTokens,
    double promptSeconds,
    int generatedTokens,
    double generationSeconds,
    double queuedSeconds,
    double firstTokenSeconds) {

  /** Prompt tokens per second; 0 if none was computed. */
  public double promptPerSecond() {
    return promptSeconds > 0 ? promptTokens / promptSeconds : 0;
  }

  /**
   * Generated tokens per second: the first comes with the prompt and does not count; 0 if there was
   * no second.
   */
  public double generatedPerSecond() {
    return generationSeconds > 0 ? (generatedTokens - 1) / generationSeconds : 0;
  }
}
