package dev.lanewise.server.openai;

import dev.lanewise.model.tokenizer.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Tells reasoning, calls of tools and text for the user apart, in an answer that comes in pieces.
 */
final class AnswerParts {
  /** Tokens at the end of a prompt that show whether it opened a block of reasoning. */
  private static final int PROMPT_END = 8;

  private final ReasoningSplitter splitter;
  private final Optional<ToolCallParser> parser;

  /**
   * An answer at its start.
   *
   * @param prompt the {@link #end} of the text before it
   * @param calls how calls of tools are written; empty if there must be none
   */
  AnswerParts(String prompt, Optional<ToolCallParser.Start> calls) {
    splitter = new ReasoningSplitter(prompt);
    parser = calls.map(ToolCallParser::new);
  }

  /** The text of the last tokens of a prompt, without white space behind. */
  static String end(int[] prompt, Tokenizer tokenizer) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (int i = Math.max(0, prompt.length - PROMPT_END); i < prompt.length; i++) {
      text.writeBytes(tokenizer.pieceOf(prompt[i]));
    }
    return text.toString(StandardCharsets.UTF_8).stripTrailing();
  }

  /** Whether what came last is reasoning. */
  boolean isReasoning() {
    return splitter.isReasoning();
  }

  /** Adds a piece and returns what is now certain. */
  List<Delta> append(String text) {
    return splitter.append(text).stream().flatMap(this::parsed).toList();
  }

  /** What was held back, when no more text follows. */
  List<Delta> finish() {
    Stream<Delta> rest = splitter.finish().stream().flatMap(this::parsed);
    return Stream.concat(rest, parser.stream().flatMap(calls -> calls.finish().stream())).toList();
  }

  private Stream<Delta> parsed(Delta delta) {
    return delta instanceof Delta.Content(String text) && parser.isPresent()
        ? parser.get().append(text).stream()
        : Stream.of(delta);
  }
}
