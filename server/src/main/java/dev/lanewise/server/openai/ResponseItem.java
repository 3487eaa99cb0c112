package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** An item of the output of a response, which grows. */
final class ResponseItem {
  /** What an item is. */
  enum Kind {
    MESSAGE("msg_", "response.output_text", "text"),
    REASONING("rs_", "response.reasoning_text", "text"),
    CALL("fc_", "response.function_call_arguments", "arguments");

    private final String idPrefix;
    private final String event;
    private final String field;

    Kind(String idPrefix, String event, String field) {
      this.idPrefix = idPrefix;
      this.event = event;
      this.field = field;
    }

    /** The event that brings a piece of its text. */
    String deltaEvent() {
      return event + ".delta";
    }

    /** The event that brings all of its text. */
    String doneEvent() {
      return event + ".done";
    }

    /** What {@link #doneEvent} calls the text. */
    String field() {
      return field;
    }

    /** Whether its text is within a part of it. */
    boolean hasParts() {
      return this != CALL;
    }
  }

  private final Kind kind;
  private final int index;
  private final String id;
  private final String callId = ResponseFields.newId("call_");
  private final String name;
  private final StringBuilder text = new StringBuilder();
  private final ArrayNode logprobs = JsonNodeFactory.instance.arrayNode();

  /** How far it is, as the API spells it. */
  private String status = "in_progress";

  /**
   * An empty item.
   *
   * @param index which item of the output it is
   * @param name of the tool that is called; otherwise empty
   */
  ResponseItem(Kind kind, int index, String name) {
    this.kind = kind;
    this.index = index;
    this.name = name;
    id = ResponseFields.newId(kind.idPrefix);
  }

  Kind kind() {
    return kind;
  }

  int index() {
    return index;
  }

  String id() {
    return id;
  }

  String name() {
    return name;
  }

  String text() {
    return text.toString();
  }

  /** The tokens of the text, if they were asked for. */
  ArrayNode logprobs() {
    return logprobs;
  }

  /** Adds a piece. */
  void append(String piece, ArrayNode tokens) {
    text.append(piece);
    logprobs.addAll(tokens);
  }

  /** Nothing follows. */
  void end(boolean complete) {
    status = complete ? "completed" : "incomplete";
  }

  private boolean isGrowing() {
    return status.equals("in_progress");
  }

  /** The item as it is; while it grows, without its text. */
  ObjectNode json() {
    ObjectNode item = JsonNodeFactory.instance.objectNode().put("id", id);
    switch (kind) {
      case MESSAGE -> {
        item.put("type", "message").put("role", "assistant");
        addParts(item.putArray("content"));
      }
      case REASONING -> {
        item.put("type", "reasoning").putArray("summary");
        addParts(item.putArray("content"));
      }
      case CALL ->
          item.put("type", "function_call")
              .put("call_id", callId)
              .put("name", name)
              .put("arguments", isGrowing() ? "" : text.toString());
    }
    return item.put("status", status);
  }

  private void addParts(ArrayNode parts) {
    if (!isGrowing()) {
      parts.add(part());
    }
  }

  /** The part that has the text. */
  ObjectNode part() {
    ObjectNode part = JsonNodeFactory.instance.objectNode();
    if (kind == Kind.REASONING) {
      return part.put("type", "reasoning_text").put("text", text.toString());
    }
    part.put("type", "output_text").put("text", text.toString()).putArray("annotations");
    part.set("logprobs", logprobs.deepCopy());
    return part;
  }
}
