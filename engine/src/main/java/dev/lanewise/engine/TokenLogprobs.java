package dev.lanewise.engine;

/**
 * How likely a token was, in the model's own distribution: before any change of the logits, at
 * temperature 1.
 *
 * @param logprob the natural logarithm of its probability; NaN for the first token of a prompt,
 *     which nothing predicts
 * @param topTokens the likeliest tokens, in falling order; as many as were asked for
 * @param topLogprobs theirs
 */
public record TokenLogprobs(int token, float logprob, int[] topTokens, float[] topLogprobs) {}
