package dev.lanewise.engine;

import dev.lanewise.engine.sample.Sampling;
import java.util.List;
import java.util.OptionalInt;

/**
 * What to generate.
 *
 * @param prompt token ids
 * @param maxTokens the most tokens to generate; empty: until the model ends its turn or the context
 *     is full
 * @param stop texts that end the generation; they are not part of its text
 */
public record GenerationRequest(
    int[] prompt, OptionalInt maxTokens, Sampling sampling, List<String> stop) {}
