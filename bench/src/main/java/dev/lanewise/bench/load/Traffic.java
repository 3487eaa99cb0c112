package dev.lanewise.bench.load;

/**
 * One class of requests.
 *
 * @param name of the class, in reports
 * @param arrival when they are sent
 * @param promptTokens tokens of prompts
 * @param outputTokens the most tokens of answers
 * @param sharedPrefix share of a prompt that is the same text in all prompts, 0 to 1
 * @param disconnect share of requests whose client leaves before it has the whole answer, 0 to 1
 */
public record Traffic(
    String name,
    Arrival arrival,
    Lengths promptTokens,
    Lengths outputTokens,
    double sharedPrefix,
    double disconnect) {}
