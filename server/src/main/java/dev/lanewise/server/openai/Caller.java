package dev.lanewise.server.openai;

import java.time.Duration;
import java.util.Optional;

/**
 * What is known of who asks.
 *
 * @param salt only requests with the same one share what is computed for their prompts
 * @param timeout how long the server lets a request take
 */
record Caller(String salt, Optional<Duration> timeout) {}
