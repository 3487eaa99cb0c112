package dev.lanewise.server.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ToolCallParserTest {
  /** What a text means, when it comes in pieces of this many characters. */
  private static String parsed(ToolSyntax syntax, String text, Random pieces) {
    ToolCallParser parser = new ToolCallParser(new ToolCallParser.Start(syntax, false));
    List<Delta> deltas = new ArrayList<>();
    for (int i = 0; i < text.length(); ) {
      int end = Math.min(text.length(), i + 1 + pieces.nextInt(9));
      deltas.addAll(parser.append(text.substring(i, end)));
      i = end;
    }
    deltas.addAll(parser.finish());
    StringBuilder content = new StringBuilder();
    List<StringBuilder> calls = new ArrayList<>();
    for (Delta delta : deltas) {
      switch (delta) {
        case Delta.Content(String piece) -> content.append(piece);
        case Delta.Reasoning(String piece) -> throw new AssertionError(piece);
        case Delta.Call(int index, String name) -> {
          assertEquals(calls.size(), index);
          calls.add(new StringBuilder(name).append(' '));
        }
        case Delta.Arguments(int index, String piece) -> calls.get(index).append(piece);
      }
    }
    return content + "|" + String.join("|", calls);
  }

  private static void assertParsed(ToolSyntax syntax, String expected, String text) {
    for (int seed = 0; seed < 50; seed++) {
      assertEquals(expected, parsed(syntax, text, new Random(seed)), text);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      quoteCharacter = '~',
      value = {
        "Hello. @ Hello.|",
        "a < b <tool @ a < b <tool|",
        "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": 1}}</tool_call> @ |f {\"a\": 1}",
        "I look: <tool_call> {\"name\":\"f\",\"arguments\":{}}</tool_call> @ I look:|f {}",
        "<tool_call>{\"name\": \"f\", \"arguments\": {\"s\": \"}]{ \\\"<\"}}</tool_call> @ |f {\"s\": \"}]{ \\\"<\"}",
        "<tool_call>{\"name\": \"f\", \"arguments\": {}}</tool_call> <tool_call>{\"name\": \"g\", \"arguments\": {\"x\": [1, {}]}}</tool_call> @ |f {}|g {\"x\": [1, {}]}",
        "<tool_call>{\"arguments\": {\"a\": 1}, \"name\": \"f\"}</tool_call> @ |f {\"a\":1}",
        "<tool_call>{\"name\": \"f\", \"arguments\": \"{\\\"a\\\": 1}\"}</tool_call> @ |f {\"a\": 1}",
        "<tool_call>{\"nam\": \"f\"}</tool_call> @ <tool_call>{\"nam\": \"f\"}</tool_call>|",
        "<tool_call>{\"name\": \"f\", \"argu @ <tool_call>{\"name\": \"f\", \"argu|",
        "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": @ |f {\"a\":",
        "<tool_call>{\"name\": \"f\", \"arguments\": {}}</tool_call>Done. @ Done.|f {}",
      })
  void findsCallsBetweenMarks(String text, String expected) {
    assertParsed(ToolSyntax.HERMES, expected, text);
  }

  @Test
  void findsCallsInAnArray() {
    assertParsed(
        ToolSyntax.MISTRAL,
        "|f {\"a\": 1}|g {}",
        "[TOOL_CALLS][{\"name\": \"f\", \"arguments\": {\"a\": 1}}, {\"name\": \"g\", \"arguments\": {}}]");
    assertParsed(ToolSyntax.MISTRAL, "[1, 2]|", "[1, 2]");
  }

  @Test
  void findsACallThatIsTheWholeAnswer() {
    String call = "{\"name\": \"f\", \"parameters\": {\"a\": 1}}";
    assertParsed(ToolSyntax.LLAMA, "|f {\"a\": 1}", call);
    assertParsed(ToolSyntax.LLAMA, "|f {\"a\": 1}", "<|python_tag|>" + call);
    assertParsed(ToolSyntax.LLAMA, "|f {\"a\": 1}|f {\"a\": 1}", call + "; " + call);
    assertParsed(ToolSyntax.LLAMA, "{\"a\": 1}|", "{\"a\": 1}");
    assertParsed(ToolSyntax.LLAMA, "See " + call + "|", "See " + call);
    String marked = "See <|python_tag|>" + call;
    assertParsed(ToolSyntax.LLAMA, marked + "|", marked);
    assertParsed(ToolSyntax.LLAMA, "<|python_tag|>1 + 1|", "<|python_tag|>1 + 1");
  }
}
