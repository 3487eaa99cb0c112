package dev.lanewise.model.tokenizer;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** Finds control and user-defined tokens in text: a trie of their texts. */
final class SpecialTokens {
  private static final int NONE = -1;

  private static final class Node {
    private final Map<Character, Node> next = new HashMap<>();
    private int id = NONE;
  }

  private final Vocabulary vocabulary;
  private final Node root = new Node();

  SpecialTokens(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    for (int id = 0; id < vocabulary.size(); id++) {
      if (vocabulary.type(id).splitsText() && !vocabulary.text(id).isEmpty()) {
        add(vocabulary.text(id), id);
      }
    }
  }

  private void add(String text, int id) {
    Node node = root;
    for (int i = 0; i < text.length(); i++) {
      node = node.next.computeIfAbsent(text.charAt(i), c -> new Node());
    }
    if (node.id == NONE) {
      node.id = id;
    }
  }

  /**
   * The longest special token that starts at a position and may stand there; -1 if none does.
   *
   * @param conversation set for the characters that the template did not write; a control token
   *     with one of them among its characters is not found
   */
  int longestAt(CharSequence text, int position, BitSet conversation) {
    int longest = NONE;
    boolean template = true;
    Node node = root;
    for (int i = position; i < text.length(); i++) {
      node = node.next.get(text.charAt(i));
      if (node == null) {
        break;
      }
      template = template && !conversation.get(i);
      if (node.id != NONE && (template || !vocabulary.type(node.id).needsTemplate())) {
        longest = node.id;
      }
    }
    return longest;
  }
}
