package dev.lanewise.engine;

import dev.lanewise.engine.grammar.Constraint;
import dev.lanewise.engine.sample.Sampler;
import dev.lanewise.model.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;

/** Keeps one answer to its {@link AnswerConstraint}. For the engine thread. */
final class ConstrainedText {
  private final Constraint constraint;
  private final Tokenizer tokenizer;
  private final Set<Integer> visibleTokens;
  private final byte[] trigger;

  /** How many bytes at the end of the text begin the trigger. */
  private int matched;

  /** Null before the trigger. */
  private Constraint.State state;

  /**
   * An answer before its first token.
   *
   * @param visibleTokens control tokens that are text, as the vocabulary spells them
   */
  ConstrainedText(AnswerConstraint wanted, Tokenizer tokenizer, Set<Integer> visibleTokens) {
    constraint = wanted.constraint();
    this.tokenizer = tokenizer;
    this.visibleTokens = visibleTokens;
    trigger = wanted.trigger().orElse("").getBytes(StandardCharsets.UTF_8);
    if (trigger.length == 0) {
      state = constraint.begin();
    }
  }

  /** Forbids the tokens that must not come next, in the logits that start at {@code from}. */
  void restrict(float[] logits, int from) {
    if (state == null) {
      return;
    }
    long[] allowed = state.allowed();
    int size = tokenizer.vocabularySize();
    for (int word = 0; word < allowed.length; word++) {
      long others = ~allowed[word];
      while (others != 0) {
        int token = Long.SIZE * word + Long.numberOfTrailingZeros(others);
        if (token >= size) {
          break;
        }
        logits[from + token] = Sampler.FORBIDDEN;
        others &= others - 1;
      }
    }
  }

  /** Adds the token that was chosen. */
  void accept(int token) {
    if (state != null) {
      state.accept(token);
      return;
    }
    byte[] bytes =
        visibleTokens.contains(token) ? tokenizer.pieceOf(token) : tokenizer.bytesOf(token);
    for (int i = 0; i < bytes.length; i++) {
      if (completesTrigger(bytes[i])) {
        begin(bytes, i + 1);
        return;
      }
    }
  }

  /** A byte that does not go on with the trigger may begin it anew, at any of its bytes. */
  private boolean completesTrigger(byte next) {
    while (matched > 0 && trigger[matched] != next) {
      matched = restart();
    }
    matched += trigger[matched] == next ? 1 : 0;
    return matched == trigger.length;
  }

  /** The longest end of the bytes matched, other than all, that begins the trigger. */
  private int restart() {
    int length = matched - 1;
    while (length > 0 && !Arrays.equals(trigger, matched - length, matched, trigger, 0, length)) {
      length--;
    }
    return length;
  }

  /** The token that ends the trigger may go on; if that is no beginning, it was no trigger. */
  private void begin(byte[] bytes, int from) {
    matched = 0;
    Constraint.State begun = constraint.begin();
    if (begun.acceptBytes(bytes, from)) {
      state = begun;
    }
  }

  /** Whether nothing may follow. */
  boolean mustEnd() {
    return state != null && state.mustEnd();
  }
}
