package dev.lanewise.engine.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.engine.grammar.TokenTrie.Token;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class TokenTrieTest {
  private static final String[] TEXTS = {
    "b", "abc", "ab", "abd", "\u00e9", "b", "x", "abcde", "xa"
  };

  private final TokenTrie trie = new TokenTrie(tokens());

  private static List<Token> tokens() {
    List<Token> tokens = new ArrayList<>();
    for (int id = 0; id < TEXTS.length; id++) {
      tokens.add(new Token(id, TEXTS[id].getBytes(StandardCharsets.UTF_8)));
    }
    return tokens;
  }

  /** The ids of the tokens of each text, by following the nodes but not below a certain one. */
  private Map<String, List<Integer>> walk(String stop) {
    Map<String, List<Integer>> found = new TreeMap<>();
    byte[] path = new byte[16];
    int node = 0;
    while (node < trie.value.length) {
      path[trie.depth[node]] = (byte) trie.value[node];
      String text = new String(path, 0, trie.depth[node] + 1, StandardCharsets.UTF_8);
      if (text.equals(stop)) {
        node = trie.behind[node];
        continue;
      }
      for (int i = trie.firstToken[node]; i < trie.firstToken[node + 1]; i++) {
        found.computeIfAbsent(text, ids -> new ArrayList<>()).add(trie.tokens[i]);
      }
      node++;
    }
    return found;
  }

  @Test
  void hasEveryTokenAtItsBytes() {
    assertEquals(
        Map.of(
            "ab",
            List.of(2),
            "abc",
            List.of(1),
            "abcde",
            List.of(7),
            "abd",
            List.of(3),
            "b",
            List.of(0, 5),
            "x",
            List.of(6),
            "xa",
            List.of(8),
            "\u00e9",
            List.of(4)),
        walk(""));
    assertEquals(11, trie.value.length);
  }

  @Test
  void leavesOutWhatIsBelowANode() {
    assertEquals(List.of("ab", "abd", "b", "x", "xa", "\u00e9"), List.copyOf(walk("abc").keySet()));
    assertEquals(List.of("b", "x", "xa", "\u00e9"), List.copyOf(walk("a").keySet()));
    assertEquals(
        List.of("ab", "abc", "abcde", "abd", "b", "\u00e9"), List.copyOf(walk("x").keySet()));
  }
}
