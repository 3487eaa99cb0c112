package dev.lanewise.engine;

/**
 * How a generation ended.
 *
 * @param completionTokens tokens of the text; a final end-of-turn token is not counted
 */
public record Result(
    FinishReason finish, int promptTokens, int completionTokens, Timings timings) {}
