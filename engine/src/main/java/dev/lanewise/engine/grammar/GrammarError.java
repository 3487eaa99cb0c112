package dev.lanewise.engine.grammar;

/**
 * A grammar or regular expression that cannot be read, or asks for more than the limits allow. The
 * message is for who wrote it: where, what is wrong and what would be right.
 */
public final class GrammarError extends RuntimeException {
  public GrammarError(String message) {
    super(message);
  }
}
