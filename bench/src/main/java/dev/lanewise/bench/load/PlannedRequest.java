package dev.lanewise.bench.load;

import java.util.Optional;

/**
 * A request that is to be sent.
 *
 * @param prompt its text
 * @param promptTokens about how many tokens that is
 * @param outputTokens the most tokens of the answer
 * @param departure when the client leaves, if it does before the end
 */
public record PlannedRequest(
    String prompt, int promptTokens, int outputTokens, Optional<Departure> departure) {}
