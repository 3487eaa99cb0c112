package dev.lanewise.server.openai;

/** How models of a family write calls of tools; {@link SyntaxProbe} finds out which one. */
enum ToolSyntax {
  /** {@code <tool_call>{"name": ..., "arguments": {...}}</tool_call>}, one after the other. */
  HERMES("<tool_call>", "</tool_call>"),
  /** {@code [TOOL_CALLS][{"name": ..., "arguments": {...}}, ...]}. */
  MISTRAL("[TOOL_CALLS]", "]"),
  /**
   * {@code {"name": ..., "parameters": {...}}} and nothing else, perhaps behind a mark. Templates
   * of this family refuse messages with several calls.
   */
  LLAMA("<|python_tag|>", "");

  private final String open;
  private final String close;

  ToolSyntax(String open, String close) {
    this.open = open;
    this.close = close;
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
