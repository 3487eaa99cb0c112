package dev.lanewise.engine;

/**
 * How a generation ended.
 *
 * @param finish why it ended
 * @param promptTokens tokens of the prompt
 * @param completionTokens tokens of the answer, without the end-of-generation token; up to the one
 *     that completed a stop string
 * @param timings where the time went
 */
public record Result(
    FinishReason finish, int promptTokens, int completionTokens, Timings timings) {}
