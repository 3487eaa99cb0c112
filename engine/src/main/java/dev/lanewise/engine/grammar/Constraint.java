package dev.lanewise.engine.grammar;

/**
 * A grammar compiled for the tokens of a model: which tokens may come next in texts that follow it.
 * Requests share it. {@link Constraints} makes them.
 *
 * <p><b>Threads.</b> Any thread may make one and {@link #begin} texts. What is computed about the
 * grammar is kept for later without locks, so all methods of all its {@link State}s are for one
 * thread, the engine's.
 *
 * <p><b>Limits.</b> Grammars may come from anybody. What is kept is thrown away when it takes more
 * than some 32 MB, and computed again as needed. A grammar that is too ambiguous fails with a
 * {@link GrammarError}, at the first token or at any later, when one token alone takes 64 MB or
 * about a quarter of a second.
 */
public final class Constraint {
  private final Program program;
  private final Vocabulary vocabulary;
  private TokenMasks masks;

  /**
   * @throws GrammarError if no text matches the grammar, a rule may begin with itself, or it
   *     exceeds the limits
   */
  Constraint(Grammar grammar, Vocabulary vocabulary) {
    this.program = ProgramCompiler.compile(grammar);
    this.vocabulary = vocabulary;
    this.masks = new TokenMasks(program, vocabulary);
    masks.of(masks.automaton().start()); // the first mask is not the engine's work
  }

  /** The beginning of a text. */
  public State begin() {
    return new State();
  }

  /** What was computed so far, or another beginning if it is too much. */
  private TokenMasks masks() {
    if (masks.isFull()) {
      masks = new TokenMasks(program, vocabulary);
    }
    masks.automaton().renewBudget();
    return masks;
  }

  /** A text that follows the grammar, so far. */
  public final class State {
    /** Where {@link #state} is known; null before the first use. */
    private Automaton automaton;

    private int state;

    private State() {}

    /**
     * The tokens that may come next: bit {@code id % 64} of element {@code id / 64} for each. Not
     * to be changed. Tokens that end the generation are among them if the text may end here. If it
     * must end, but the model has no such token, there are none.
     *
     * <p>Computed once for each place in the grammar; calling this early, while nothing else is to
     * be done, makes the next call free.
     *
     * @throws GrammarError if no token of the model continues the text, or the limits are exceeded
     */
    public long[] allowed() {
      TokenMasks masks = current();
      return masks.of(state);
    }

    /**
     * Adds a token to the text. One that ends the generation leaves it as it is.
     *
     * @throws IllegalArgumentException if it may not come here
     * @throws GrammarError if the limits are exceeded
     */
    public void accept(int token) {
      TokenMasks masks = current();
      int next = vocabulary.isEnd(token) && masks.automaton().mayEnd(state) ? state : after(token);
      if (next == Automaton.DEAD) {
        throw new IllegalArgumentException("token " + token + " may not come here");
      }
      state = next;
    }

    /**
     * Adds the rest of a token whose beginning is not part of the text.
     *
     * @param bytes those of the token, of which the first {@code from} are left out
     * @return whether they may come here; if not, nothing is added
     */
    public boolean acceptBytes(byte[] bytes, int from) {
      current();
      int next = state;
      for (int i = from; i < bytes.length && next != Automaton.DEAD; i++) {
        next = automaton.next(next, bytes[i] & 0xff);
      }
      if (next == Automaton.DEAD) {
        return false;
      }
      state = next;
      return true;
    }

    private int after(int token) {
      byte[] bytes = vocabulary.bytesOf(token);
      int next = bytes.length == 0 ? Automaton.DEAD : state;
      for (byte value : bytes) {
        next = automaton.next(next, value & 0xff);
      }
      return next;
    }

    /** Whether the text may end here. */
    public boolean mayEnd() {
      return current().automaton().mayEnd(state);
    }

    /** Whether nothing may follow. */
    public boolean mustEnd() {
      return current().automaton().mustEnd(state);
    }

    private TokenMasks current() {
      TokenMasks masks = masks();
      Automaton current = masks.automaton();
      if (automaton != current) {
        state = automaton == null ? current.start() : current.adopt(automaton, state);
        automaton = current;
      }
      return masks;
    }
  }
}
