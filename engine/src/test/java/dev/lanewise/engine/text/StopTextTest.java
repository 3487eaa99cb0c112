package dev.lanewise.engine.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class StopTextTest {
  private static String join(StopText stopText, String... pieces) {
    StringBuilder all = new StringBuilder();
    for (String piece : pieces) {
      all.append(stopText.append(piece));
    }
    return all.append(stopText.finish()).toString();
  }

  @Test
  void passesTextThroughAtOnceWithoutStopStrings() {
    StopText stopText = new StopText(List.of());
    assertEquals("hello", stopText.append("hello"));
    assertEquals("", stopText.finish());
    assertFalse(stopText.stopped());
  }

  @Test
  void cutsBeforeAStopStringThatSpansPieces() {
    StopText stopText = new StopText(List.of("STOP"));
    assertEquals("go ", stopText.append("go S"));
    assertEquals("", stopText.append("TO"));
    assertEquals("", stopText.append("P and more"));
    assertTrue(stopText.stopped());
    assertEquals("", stopText.append("even more"));
    assertEquals("", stopText.finish());
  }

  @Test
  void releasesWhatTurnedOutToBeNoStopString() {
    StopText stopText = new StopText(List.of("STOP"));
    assertEquals("", stopText.append("ST"));
    assertEquals("STE", stopText.append("E"));
    assertEquals("P", stopText.append("P"));
  }

  @Test
  void releasesAnUnfinishedStopStringAtTheEnd() {
    assertEquals("a\n", join(new StopText(List.of("\n\n")), "a", "\n"));
  }

  @Test
  void countsTheStopStringThatIsCompleteFirst() {
    assertEquals("x", join(new StopText(List.of("abc", "b")), "xabc").replace("a", ""));
    assertEquals("xa", join(new StopText(List.of("abcd", "b")), "xabcd"));
    assertEquals("x", join(new StopText(List.of("c", "abc")), "xabc"));
  }

  @Test
  void doesNotDependOnHowTheTextIsCut() {
    Random random = new Random(5);
    for (int round = 0; round < 2000; round++) {
      List<String> stops = new ArrayList<>();
      for (int i = 0; i < 1 + random.nextInt(3); i++) {
        stops.add(letters(random, 1 + random.nextInt(4)));
      }
      String text = letters(random, random.nextInt(30));
      String whole = join(new StopText(stops), text);
      String single = join(new StopText(stops), text.split(""));
      assertEquals(whole, single, text + " with " + stops);
      boolean contains = stops.stream().anyMatch(text::contains);
      assertEquals(contains, !whole.equals(text), text + " with " + stops);
      assertTrue(text.startsWith(whole));
    }
  }

  private static String letters(Random random, int length) {
    StringBuilder letters = new StringBuilder();
    for (int i = 0; i < length; i++) {
      letters.append((char) ('a' + random.nextInt(3)));
    }
    return letters.toString();
  }
}
