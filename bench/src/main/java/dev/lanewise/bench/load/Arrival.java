package dev.lanewise.bench.load;

/** When requests are sent. */
public sealed interface Arrival {
  /** Closed loop: so many are under way at any time, and the next is sent when one has ended. */
  record Concurrency(int requests) implements Arrival {}

  /** Open loop: so many a second in the mean, at random times (Poisson), whatever the answers. */
  record Rate(double perSecond) implements Arrival {}
}
