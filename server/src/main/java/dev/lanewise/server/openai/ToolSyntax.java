package dev.lanewise.server.openai;

import java.util.Optional;

/**
 * How models of a family write calls of tools. Which one a model knows shows in its chat template,
 * since that writes earlier calls.
 */
enum ToolSyntax {
  /** {@code <tool_call>{"name": ..., "arguments": {...}}</tool_call>}, one after the other. */
  HERMES("<tool_call>", "</tool_call>"),
  /** {@code [TOOL_CALLS][{"name": ..., "arguments": {...}}, ...]}. */
  MISTRAL("[TOOL_CALLS]", "]"),
  /** {@code {"name": ..., "parameters": {...}}} and nothing else. */
  LLAMA("<|python_tag|>", "");

  private final String open;
  private final String close;

  ToolSyntax(String open, String close) {
    this.open = open;
    this.close = close;
  }

  /** What a chat template has earlier calls written in; empty if it knows no tools. */
  static Optional<ToolSyntax> of(String template) {
    if (template.contains(HERMES.open)) {
      return Optional.of(HERMES);
    }
    if (template.contains(MISTRAL.open)) {
      return Optional.of(MISTRAL);
    }
    if (template.contains(LLAMA.open) || template.contains("\"parameters\": ")) {
      return Optional.of(LLAMA);
    }
    return Optional.empty();
  }

  /** What comes before calls; for {@link #LLAMA} it may be missing. */
  String open() {
    return open;
  }

  /** What comes behind a call, or behind the last one; perhaps nothing. */
  String close() {
    return close;
  }

  /** Whether an answer that begins with a JSON object is a call. */
  boolean mayBeBare() {
    return this == LLAMA;
  }
}
