package dev.lanewise.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PairMergerTest {
  /** Makes one merge at a time, looking at all pairs each time: the definition. */
  private static List<Integer> mergeOneByOne(List<Integer> symbols, MergeTable table) {
    List<Integer> merged = new ArrayList<>(symbols);
    while (true) {
      int best = -1;
      long bestMerge = PairRule.NONE;
      for (int i = 0; i + 1 < merged.size(); i++) {
        long merge = table.find(merged.get(i), merged.get(i + 1));
        if (merge != PairRule.NONE
            && (best < 0 || PairRule.rank(merge) < PairRule.rank(bestMerge))) {
          best = i;
          bestMerge = merge;
        }
      }
      if (best < 0) {
        return merged;
      }
      merged.subList(best, best + 2).clear();
      merged.add(best, PairRule.id(bestMerge));
    }
  }

  private static List<Integer> mergeAll(List<Integer> symbols, MergeTable table) {
    PairMerger merger = new PairMerger();
    for (int i = 0; i < symbols.size(); i++) {
      merger.add(symbols.get(i), i);
    }
    merger.mergeAll(symbols.size(), (left, right, start, end) -> table.find(left, right));
    List<Integer> merged = new ArrayList<>();
    for (int i = 0; i < merger.count(); i++) {
      merged.add(merger.id(i));
    }
    return merged;
  }

  @Test
  void agreesWithMergingOneByOne() {
    Random random = new Random(7);
    for (int round = 0; round < 300; round++) {
      MergeTable table = new MergeTable(40);
      for (int rank = 0; rank < 40; rank++) {
        table.add(random.nextInt(4 + rank), random.nextInt(4 + rank), rank / 3, 4 + rank);
      }
      List<Integer> symbols = random.ints(round, 0, 4).boxed().toList();
      assertEquals(mergeOneByOne(symbols, table), mergeAll(symbols, table), "round " + round);
    }
  }

  @Test
  void tellsTheRuleWhichTextItWouldMerge() {
    PairMerger merger = new PairMerger();
    String text = "abcd";
    for (int i = 0; i < text.length(); i++) {
      merger.add(0, i);
    }
    List<String> asked = new ArrayList<>();
    merger.mergeAll(
        text.length(),
        (left, right, start, end) -> {
          String joined = text.substring(start, end);
          asked.add(joined);
          return joined.equals("bc") || joined.equals("bcd") ? PairRule.of(0, 1) : PairRule.NONE;
        });
    assertEquals(List.of("ab", "bc", "cd", "bcd", "abc", "abcd"), asked);
    assertEquals(2, merger.count());
    assertEquals(1, merger.start(1));
  }

  @Test
  void theFirstOfTwoMergesOfAPairCounts() {
    MergeTable table = new MergeTable(2);
    table.add(1, 2, 0, 8);
    table.add(1, 2, 1, 9);
    assertEquals(PairRule.of(0, 8), table.find(1, 2));
    assertEquals(PairRule.NONE, table.find(2, 1));
  }
}
