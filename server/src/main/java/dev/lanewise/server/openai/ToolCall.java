package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A call of a tool in an answer, as it grows. In streams, calls of custom tools have the form that
 * OpenAI's service sends, though its specification has none for them.
 */
final class ToolCall {
  private final String id = ResponseFields.newId("call_");
  private final String name;
  private final boolean custom;
  private final InputReader input = new InputReader();
  private final StringBuilder text = new StringBuilder();

  /**
   * A call without arguments yet.
   *
   * @param custom whether it is answered with the text that is its one argument
   */
  ToolCall(String name, boolean custom) {
    this.name = name;
    this.custom = custom;
  }

  /** Puts the first piece of the call. */
  void putBeginning(ObjectNode to) {
    to.put("id", id).put("type", type());
    to.putObject(type()).put("name", name).put(field(), "");
  }

  /** Adds to the arguments, and puts that piece. */
  void add(String arguments, ObjectNode to) {
    String added = custom ? input.read(arguments) : arguments;
    text.append(added);
    to.putObject(type()).put(field(), added);
  }

  /** Puts the whole call. */
  void putWhole(ObjectNode to) {
    to.put("id", id).put("type", type());
    to.putObject(type()).put("name", name).put(field(), text.toString());
  }

  private String type() {
    return custom ? "custom" : "function";
  }

  private String field() {
    return custom ? "input" : "arguments";
  }
}
