package dev.lanewise.bench.load;

import java.time.Duration;
import java.util.Optional;

/**
 * What to send.
 *
 * @param main the traffic that is to be measured
 * @param background traffic that arrives beside it, as long as it lasts
 * @param requests the most requests of the main traffic
 * @param duration after which nothing more is sent
 * @param seed the same gives the same requests and arrivals
 * @param retry whether a request that gets a 429 is sent again, after the time the server asks for
 */
public record LoadPlan(
    Traffic main,
    Optional<Traffic> background,
    int requests,
    Duration duration,
    long seed,
    boolean retry) {}
