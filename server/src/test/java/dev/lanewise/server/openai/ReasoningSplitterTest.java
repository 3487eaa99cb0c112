package dev.lanewise.server.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReasoningSplitterTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      quoteCharacter = '~',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "@Hello.@|Hello.",
        "@ Hello. @| Hello. ",
        "@<think>One.</think>Two.@One.|Two.",
        "@ <think> One. Two. </think>  Three. @One. Two.|Three. ",
        "@<think></think>Two.@|Two.",
        "@<think>One. < /think> </thin@One. < /think> </thin|",
        "@<thin@|<thin",
        "@a <think>b</think>@|a <think>b</think>",
        "<think>@One.</think>Two.@One.|Two.",
      })
  void splitsWhateverThePieces(String prompt, String text, String expected) {
    for (int seed = 0; seed < 50; seed++) {
      Random pieces = new Random(seed);
      ReasoningSplitter splitter = new ReasoningSplitter(prompt == null ? "" : prompt);
      List<Delta> deltas = new ArrayList<>();
      for (int i = 0; i < text.length(); ) {
        int end = Math.min(text.length(), i + 1 + pieces.nextInt(8));
        deltas.addAll(splitter.append(text.substring(i, end)));
        i = end;
      }
      deltas.addAll(splitter.finish());
      StringBuilder reasoning = new StringBuilder();
      StringBuilder content = new StringBuilder();
      for (Delta delta : deltas) {
        if (delta instanceof Delta.Reasoning(String piece)) {
          reasoning.append(piece);
        } else if (delta instanceof Delta.Content(String piece)) {
          content.append(piece);
        }
      }
      assertEquals(expected, reasoning + "|" + content);
    }
  }
}
