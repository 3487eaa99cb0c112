package dev.lanewise.model.tokenizer;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;

/** Finds control and user-defined tokens in text: a trie of their texts. */
final class SpecialTokens {
  private static final int NONE = -1;

  /** Takes the parts of a text in their order. */
  interface Parts {
    /** Takes {@code text[from, to)}, which is not empty and has no special token. */
    void text(int from, int to);

    /** Takes a special token. */
    void token(int id);
  }

  private static final class Node {
    private final Map<Character, Node> next = new HashMap<>();
    private int id = NONE;
  }

  private record Match(int id, int end) {}

  private final Vocabulary vocabulary;
  private final AddedTokenFlags flags;
  private final Node root = new Node();

  /**
   * A trie of some tokens of a vocabulary.
   *
   * @param some which of those that split text
   * @param spelling what a token's text is in the texts that are searched
   */
  SpecialTokens(
      Vocabulary vocabulary,
      AddedTokenFlags flags,
      IntPredicate some,
      UnaryOperator<String> spelling) {
    this.vocabulary = vocabulary;
    this.flags = flags;
    for (int id = 0; id < vocabulary.size(); id++) {
      if (vocabulary.type(id).splitsText() && some.test(id)) {
        add(spelling.apply(vocabulary.text(id)), id);
      }
    }
  }

  private void add(String text, int id) {
    if (text.isEmpty()) {
      return;
    }
    Node node = root;
    for (int i = 0; i < text.length(); i++) {
      node = node.next.computeIfAbsent(text.charAt(i), c -> new Node());
    }
    if (node.id == NONE) {
      node.id = id;
    }
  }

  /**
   * Cuts a text into special tokens and what lies between them. At each position the longest token
   * that may stand there is taken.
   *
   * @param conversation set for the characters that the template did not write; a control token
   *     with one of them among its characters is not found
   */
  void split(String text, BitSet conversation, Parts parts) {
    int done = 0;
    int position = root.next.isEmpty() ? text.length() : 0;
    while (position < text.length()) {
      Match match = longestAt(text, position, conversation);
      if (match == null) {
        position++;
      } else if (flags.isWord(match.id) && isInsideWord(text, position, match.end)) {
        position = match.end;
      } else {
        int start = flags.takesSpaceBefore(match.id) ? spaceBefore(text, done, position) : position;
        if (start > done) {
          parts.text(done, start);
        }
        parts.token(match.id);
        done = flags.takesSpaceBehind(match.id) ? spaceBehind(text, match.end) : match.end;
        position = done;
      }
    }
    if (done < text.length()) {
      parts.text(done, text.length());
    }
  }

  private Match longestAt(String text, int position, BitSet conversation) {
    Match longest = null;
    boolean template = true;
    Node node = root;
    for (int i = position; i < text.length(); i++) {
      node = node.next.get(text.charAt(i));
      if (node == null) {
        break;
      }
      template = template && !conversation.get(i);
      if (node.id != NONE && (template || !vocabulary.type(node.id).needsTemplate())) {
        longest = new Match(node.id, i + 1);
      }
    }
    return longest;
  }

  private static boolean isInsideWord(String text, int from, int to) {
    return (from > 0 && CharacterKinds.isWord(text.codePointBefore(from)))
        || (to < text.length() && CharacterKinds.isWord(text.codePointAt(to)));
  }

  private static int spaceBefore(String text, int least, int position) {
    int start = position;
    while (start > least && CharacterKinds.isSpace(text.charAt(start - 1))) {
      start--;
    }
    return start;
  }

  private static int spaceBehind(String text, int position) {
    int end = position;
    while (end < text.length() && CharacterKinds.isSpace(text.charAt(end))) {
      end++;
    }
    return end;
  }
}
