package dev.lanewise.engine;

import java.util.Optional;

/**
 * How the engine thread ended a request.
 *
 * @param finish why it ended; {@code CANCELLED} says nothing if there is a failure
 * @param tokens how many tokens it put into the channel
 * @param failure the error, if that is what ended it
 */
record Outcome(
    FinishReason finish, int tokens, Timings timings, Optional<GenerationFailed> failure) {}
