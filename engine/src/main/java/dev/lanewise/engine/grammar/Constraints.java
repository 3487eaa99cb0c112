package dev.lanewise.engine.grammar;

import dev.lanewise.model.tokenizer.Tokenizer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Makes the {@link Constraint}s of one model, and keeps the last few, so that requests with the
 * same grammar share what is known about it. For any thread.
 */
public final class Constraints {
  private static final int KEPT = 16;

  private final Tokenizer tokenizer;

  /** Of all tokens; made for the first grammar, since most starts of a server need none. */
  private Vocabulary vocabulary;

  private final Map<Grammar, Constraint> kept =
      new LinkedHashMap<>(KEPT, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Grammar, Constraint> eldest) {
          return size() > KEPT;
        }
      };

  /** None yet. */
  public Constraints(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /**
   * The constraint of a grammar.
   *
   * @throws GrammarError if no text matches the grammar, a rule may begin with itself, it exceeds
   *     the limits, or the model has no tokens for it
   */
  public Constraint of(Grammar grammar) {
    synchronized (kept) {
      Constraint known = kept.get(grammar);
      if (known != null) {
        return known;
      }
    }
    Constraint compiled = new Constraint(grammar, vocabulary()); // others need not wait for it
    synchronized (kept) {
      kept.putIfAbsent(grammar, compiled);
      return kept.get(grammar);
    }
  }

  private synchronized Vocabulary vocabulary() {
    if (vocabulary == null) {
      vocabulary = new Vocabulary(tokenizer);
    }
    return vocabulary;
  }
}
