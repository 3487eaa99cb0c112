package dev.lanewise.server.schema;

import dev.lanewise.model.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Cuts texts into tokens as a model may that does not keep to its tokenizer's way. */
final class RandomTokens {
  /** By their bytes, each a character. */
  private final Map<String, Integer> tokens = new HashMap<>();

  private final int longest;

  RandomTokens(Tokenizer tokenizer) {
    int most = 0;
    for (int id = 0; id < tokenizer.vocabularySize(); id++) {
      if (!tokenizer.isControl(id)) {
        String bytes = new String(tokenizer.bytesOf(id), StandardCharsets.ISO_8859_1);
        tokens.put(bytes, id);
        most = Math.max(most, bytes.length());
      }
    }
    longest = most;
  }

  /** Whether there are tokens for a text; some bytes of rare characters are in none. */
  boolean canWrite(String text) {
    return goesOn(bytes(text)).get(0);
  }

  /** Tokens whose bytes are those of a text, drawn from the ways to cut it. */
  List<Integer> of(String text, Random random) {
    String bytes = bytes(text);
    BitSet goesOn = goesOn(bytes);
    List<Integer> drawn = new ArrayList<>();
    for (int from = 0; from < bytes.length(); ) {
      List<String> next = next(bytes, from, goesOn);
      String token = next.get(random.nextInt(next.size()));
      drawn.add(tokens.get(token));
      from += token.length();
    }
    return drawn;
  }

  private static String bytes(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  /** The places from where tokens lead to the end. */
  private BitSet goesOn(String bytes) {
    BitSet goesOn = new BitSet();
    goesOn.set(bytes.length());
    for (int from = bytes.length() - 1; from >= 0; from--) {
      goesOn.set(from, !next(bytes, from, goesOn).isEmpty());
    }
    return goesOn;
  }

  private List<String> next(String bytes, int from, BitSet goesOn) {
    List<String> next = new ArrayList<>();
    for (int to = from + 1; to <= Math.min(bytes.length(), from + longest); to++) {
      String token = bytes.substring(from, to);
      if (goesOn.get(to) && tokens.containsKey(token)) {
        next.add(token);
      }
    }
    return next;
  }
}
