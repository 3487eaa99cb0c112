package dev.lanewise.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.model.ModelFormatException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class UnigramTest {
  private static HandMadeVocabulary vocabulary() {
    return HandMadeVocabulary.unigram().with("tokenizer.ggml.add_space_prefix", false);
  }

  private static List<String> pieces(HandMadeVocabulary vocabulary, String text) {
    Tokenizer tokenizer = vocabulary.build();
    return HandMadeVocabulary.texts(tokenizer, tokenizer.encode(text, false));
  }

  /** The highest sum of all ways to cut a text. */
  private static double best(String text, Map<String, Float> scores, double unknown) {
    if (text.isEmpty()) {
      return 0;
    }
    double best = Double.NEGATIVE_INFINITY;
    for (int length = 1; length <= text.length(); length++) {
      Float score = scores.get(text.substring(0, length));
      if (score != null || length == 1) {
        double first = score == null ? unknown : score;
        best = Math.max(best, first + best(text.substring(length), scores, unknown));
      }
    }
    return best;
  }

  @Test
  void findsTheBestOfAllWaysToCutAText() {
    Random random = new Random(1);
    for (int round = 0; round < 100; round++) {
      HandMadeVocabulary vocabulary = vocabulary();
      Map<String, Float> scores = new HashMap<>();
      double worst = 0;
      for (int piece = random.nextInt(20); piece >= 0; piece--) {
        String text =
            "abc".repeat(3).substring(random.nextInt(3)).substring(0, 1 + random.nextInt(4));
        float score = -random.nextInt(1, 40) / 4f;
        if (scores.putIfAbsent(text, score) == null) {
          vocabulary.piece(text, score);
          worst = Math.min(worst, score);
        }
      }
      for (int i = 0; i < 20; i++) {
        StringBuilder text = new StringBuilder();
        random.ints(random.nextInt(12), 0, 4).forEach(c -> text.append("abcd".charAt(c)));
        double sum = 0;
        List<String> found = pieces(vocabulary, text.toString());
        // Neighbours that are unknown became one; each character scored.
        for (String piece : found) {
          sum += piece.equals("<unk>") ? 0 : scores.get(piece);
        }
        int known = found.stream().filter(p -> !p.equals("<unk>")).mapToInt(String::length).sum();
        sum += (text.length() - known) * (worst - 10);
        assertEquals(best(text.toString(), scores, worst - 10), sum, 1e-9, text + " " + scores);
      }
    }
  }

  @Test
  void neighboursThatAreUnknownAreOne() {
    HandMadeVocabulary vocabulary = vocabulary().piece("a", -1);
    assertEquals(List.of("<unk>", "a", "<unk>"), pieces(vocabulary, "\ud83d\ude42xay"));
  }

  @Test
  void neverBecomesControlOrUnusedTokens() {
    HandMadeVocabulary vocabulary =
        vocabulary().token("ab", TokenType.CONTROL).token("ba", TokenType.UNUSED);
    vocabulary.piece("a", -1).piece("b", -1);
    assertEquals(List.of("a", "b", "a"), pieces(vocabulary, "aba"));
  }

  @Test
  void theFirstSpaceOfAnAnswerIsNotPartOfIt() {
    Tokenizer tokenizer =
        HandMadeVocabulary.unigram().piece("\u2581a", -1).piece("\u2581", -1).build();
    int[] ids = tokenizer.encode("a a  a", false);
    assertEquals("a a  a", HandMadeVocabulary.decode(tokenizer, ids));
    assertEquals(
        List.of("\u2581a", "\u2581a", "\u2581", "\u2581a"),
        HandMadeVocabulary.texts(tokenizer, ids));
    assertEquals(
        " a", HandMadeVocabulary.decode(vocabulary().piece("\u2581a", -1).build(), new int[] {3}));
  }

  @Test
  void tokenizesAVeryLongTextWithoutSpaces() {
    HandMadeVocabulary vocabulary = vocabulary().piece("a", -3).piece("aa", -4);
    assertEquals(1 << 19, pieces(vocabulary, "a".repeat(1 << 20)).size());
  }

  @Test
  void longRunsOfSpacesTakeNoLonger() {
    HandMadeVocabulary vocabulary =
        HandMadeVocabulary.unigram()
            .piece("\u2581x", -1)
            .with("tokenizer.ggml.remove_extra_whitespaces", true);
    String spaces = " ".repeat(1 << 20);
    assertEquals(
        List.of("\u2581x", "\u2581x"), pieces(vocabulary, spaces + "x" + spaces + "x" + spaces));
    assertEquals(List.of(), pieces(vocabulary, spaces));
  }

  private static void assertRefused(HandMadeVocabulary vocabulary, String key, String problem) {
    ModelFormatException refused = assertThrows(ModelFormatException.class, vocabulary::build);
    assertTrue(refused.getMessage().contains(key + ": " + problem), refused.getMessage());
  }

  @Test
  void refusesWhatIsNotSound() {
    String scores = "tokenizer.ggml.scores";
    assertRefused(vocabulary().without(scores), scores, "missing");
    assertRefused(vocabulary().with(scores, new float[2]), scores, "has 2 elements");
    assertRefused(vocabulary().piece("a", Float.NaN), scores, "token 3 has the score NaN");
    assertRefused(
        vocabulary().piece("a", Float.NEGATIVE_INFINITY), scores, "token 3 has the score -Inf");
    String unknown = "tokenizer.ggml.unknown_token_id";
    assertRefused(vocabulary().with(unknown, 3), unknown, "token id 3 is outside");
    HandMadeVocabulary small =
        HandMadeVocabulary.unigram().with("tokenizer.ggml.tokens", List.of("a", "b"));
    small.with("tokenizer.ggml.token_type", new int[2]).with(scores, new float[2]);
    assertRefused(small, unknown, "missing");
    List<String> longTokens = new ArrayList<>(List.of("<pad>", "</s>", "<unk>"));
    longTokens.set(0, "x".repeat((1 << 24) + 1));
    assertRefused(
        vocabulary().with("tokenizer.ggml.tokens", longTokens),
        "tokenizer.ggml.tokens",
        "has 16777226 characters; at most");
  }
}
