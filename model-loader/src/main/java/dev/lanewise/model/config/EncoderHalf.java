package dev.lanewise.model.config;

/**
 * The encoder of a model that has one beside its decoder. It reads the prompt, each token attending
 * to all; the decoder writes the answer, attending to what the encoder found and to its own tokens.
 *
 * @param layers number of blocks of the encoder; they are shaped like the decoder's
 * @param startToken what the decoder begins with, before the answer
 */
public record EncoderHalf(int layers, int startToken) {}
