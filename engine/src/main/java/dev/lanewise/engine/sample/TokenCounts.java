package dev.lanewise.engine.sample;

import java.util.Arrays;

/**
 * How often tokens came in a sequence: a hash table of open addressing, since a sequence has few of
 * the vocabulary.
 */
final class TokenCounts {
  private static final int NO_TOKEN = -1;

  /** {@code [slot]}: a token, or none. */
  private int[] tokens = new int[64];

  /** How often it came in the answer; 0 for one that is in the prompt only. */
  private int[] counts = new int[64];

  private int size;

  TokenCounts() {
    Arrays.fill(tokens, NO_TOKEN);
  }

  /** Takes note of a token of the prompt. */
  void addPrompt(int token) {
    slot(token);
  }

  /** Takes note of a token of the answer. */
  void addAnswer(int token) {
    int slot = slot(token); // which may make a new array of counts
    counts[slot]++;
  }

  /** Changes the logits of all tokens that came, which start at {@code from}. */
  void apply(LogitChanges changes, float[] logits, int from) {
    for (int slot = 0; slot < tokens.length; slot++) {
      if (tokens[slot] != NO_TOKEN) {
        int at = from + tokens[slot];
        float logit = logits[at];
        logit = logit > 0 ? logit / changes.repetition() : logit * changes.repetition();
        if (counts[slot] > 0) {
          logit -= changes.presence() + counts[slot] * changes.frequency();
        }
        logits[at] = logit;
      }
    }
  }

  private int slot(int token) {
    if (2 * (size + 1) > tokens.length) {
      grow();
    }
    int slot = find(token);
    if (tokens[slot] == NO_TOKEN) {
      tokens[slot] = token;
      size++;
    }
    return slot;
  }

  /** The slot of a token, or the free one that it would have. */
  private int find(int token) {
    int mask = tokens.length - 1;
    int slot = token * 0x9E3779B9 >>> 7 & mask; // a multiplicative hash, by the golden ratio
    while (tokens[slot] != NO_TOKEN && tokens[slot] != token) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private void grow() {
    int[] oldTokens = tokens;
    int[] oldCounts = counts;
    tokens = new int[2 * oldTokens.length];
    counts = new int[tokens.length];
    Arrays.fill(tokens, NO_TOKEN);
    for (int i = 0; i < oldTokens.length; i++) {
      if (oldTokens[i] != NO_TOKEN) {
        int slot = find(oldTokens[i]);
        tokens[slot] = oldTokens[i];
        counts[slot] = oldCounts[i];
      }
    }
  }
}
