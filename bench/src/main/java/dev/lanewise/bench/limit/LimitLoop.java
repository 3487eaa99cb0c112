package dev.lanewise.bench.limit;

/** Work that does nothing but run into one limit of the machine. */
interface LimitLoop extends AutoCloseable {
  /** Does a few milliseconds of it and says how much that was: bytes, or operations. */
  double run();

  @Override
  void close();
}
