package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.engine.FinishReason;
import dev.lanewise.engine.Result;
import dev.lanewise.engine.TokenLogprobs;
import dev.lanewise.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The answer of {@code POST /v1/responses}: items, and the events by which they grow. */
final class ResponseShape implements AnswerShape {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final String id = ResponseFields.newId("resp_");
  private final long created = System.currentTimeMillis() / 1000;
  private final String model;
  private final ObjectNode settings;
  private final boolean tellsTokens;
  private final TokenTexts texts;
  private final AnswerParts parts;
  private final List<ResponseItem> items = new ArrayList<>();

  /** The item that grows. */
  private Optional<ResponseItem> open = Optional.empty();

  /** Tokens that no event has told. */
  private final ArrayNode tokens = JSON.arrayNode();

  private int events;
  private int reasoningTokens;
  private Optional<Result> result = Optional.empty();

  /** A response without any text. */
  ResponseShape(ResponseRequest request, AnswerParts parts, Tokenizer tokenizer, String model) {
    this.model = model;
    this.parts = parts;
    settings = request.settings();
    tellsTokens = request.chat().logprobs().isPresent();
    texts = new TokenTexts(tokenizer);
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public boolean namesEvents() {
    return true;
  }

  @Override
  public List<ObjectNode> opening() {
    return List.of(
        event("response.created", "in_progress"), event("response.in_progress", "in_progress"));
  }

  private ObjectNode event(String type) {
    return JSON.objectNode().put("type", type).put("sequence_number", events++);
  }

  private ObjectNode event(String type, String status) {
    ObjectNode event = event(type);
    event.set("response", response(status));
    return event;
  }

  private ObjectNode itemEvent(String type, ResponseItem item) {
    ObjectNode event = event(type).put("item_id", item.id()).put("output_index", item.index());
    if (item.kind().hasParts()) {
      event.put("content_index", 0);
    }
    return event;
  }

  @Override
  public List<ObjectNode> text(
      int answer, String text, List<TokenLogprobs> described, int tokensRead) {
    take(described);
    if (parts.isReasoning()) {
      reasoningTokens = tokensRead;
    }
    List<ObjectNode> chunks = new ArrayList<>();
    parts.append(text).forEach(delta -> add(delta, chunks));
    return chunks;
  }

  private void take(List<TokenLogprobs> described) {
    if (tellsTokens) {
      described.forEach(token -> tokens.add(texts.describe(token)));
    }
  }

  private void add(Delta delta, List<ObjectNode> chunks) {
    switch (delta) {
      case Delta.Content(String text) -> grow(ResponseItem.Kind.MESSAGE, text, chunks);
      case Delta.Reasoning(String text) -> grow(ResponseItem.Kind.REASONING, text, chunks);
      case Delta.Call(int index, String name) -> begin(ResponseItem.Kind.CALL, name, chunks);
      case Delta.Arguments(int index, String text) -> grow(ResponseItem.Kind.CALL, text, chunks);
    }
  }

  private void grow(ResponseItem.Kind kind, String text, List<ObjectNode> chunks) {
    ResponseItem item =
        open.filter(current -> current.kind() == kind).orElseGet(() -> begin(kind, "", chunks));
    ObjectNode event = itemEvent(kind.deltaEvent(), item).put("delta", text);
    ArrayNode told = JSON.arrayNode();
    if (kind == ResponseItem.Kind.MESSAGE) {
      told.addAll(tokens);
      event.set("logprobs", told);
    }
    tokens.removeAll();
    item.append(text, told);
    chunks.add(event);
  }

  private ResponseItem begin(ResponseItem.Kind kind, String name, List<ObjectNode> chunks) {
    end(true, chunks);
    ResponseItem item = new ResponseItem(kind, items.size(), name);
    items.add(item);
    open = Optional.of(item);
    ObjectNode added = event("response.output_item.added").put("output_index", item.index());
    added.set("item", item.json());
    chunks.add(added);
    if (kind.hasParts()) {
      ObjectNode part = itemEvent("response.content_part.added", item);
      part.set("part", item.part());
      chunks.add(part);
    }
    return item;
  }

  /** Ends the item that grows, if there is one. */
  private void end(boolean complete, List<ObjectNode> chunks) {
    if (open.isEmpty()) {
      return;
    }
    ResponseItem item = open.get();
    open = Optional.empty();
    item.end(complete);
    ResponseItem.Kind kind = item.kind();
    ObjectNode done = itemEvent(kind.doneEvent(), item).put(kind.field(), item.text());
    switch (kind) {
      case MESSAGE -> done.set("logprobs", item.logprobs().deepCopy());
      case CALL -> done.put("name", item.name());
      case REASONING -> {}
    }
    chunks.add(done);
    if (kind.hasParts()) {
      ObjectNode part = itemEvent("response.content_part.done", item);
      part.set("part", item.part());
      chunks.add(part);
    }
    ObjectNode whole = event("response.output_item.done").put("output_index", item.index());
    whole.set("item", item.json());
    chunks.add(whole);
  }

  @Override
  public List<ObjectNode> end(int answer, Result how, List<TokenLogprobs> described) {
    take(described);
    List<ObjectNode> chunks = new ArrayList<>();
    parts.finish().forEach(delta -> add(delta, chunks));
    if (items.isEmpty()) {
      begin(ResponseItem.Kind.MESSAGE, "", chunks);
    }
    result = Optional.of(how);
    end(isComplete(), chunks);
    chunks.add(event("response." + status(), status()));
    return chunks;
  }

  private boolean isComplete() {
    return result.orElseThrow().finish() == FinishReason.STOP;
  }

  private String status() {
    return isComplete() ? "completed" : "incomplete";
  }

  /** The last event of a response that failed. */
  @Override
  public ObjectNode failure(ApiError error) {
    open.ifPresent(item -> item.end(false));
    ObjectNode event = event("response.failed", "failed");
    ((ObjectNode) event.get("response"))
        .putObject("error")
        .put("code", "server_error")
        .put("message", error.getMessage());
    return event;
  }

  /** There is none: the last event tells it. */
  @Override
  public ObjectNode usage() {
    throw new IllegalStateException("a response tells its usage itself");
  }

  @Override
  public ObjectNode whole() {
    return response(status());
  }

  private ObjectNode response(String status) {
    ObjectNode response =
        JSON.objectNode()
            .put("id", id)
            .put("object", "response")
            .put("created_at", created)
            .put("status", status)
            .put("model", model)
            .putNull("error")
            .putNull("incomplete_details");
    if (status.equals("incomplete")) {
      response.putObject("incomplete_details").put("reason", "max_output_tokens");
    }
    ArrayNode output = response.putArray("output");
    items.forEach(item -> output.add(item.json()));
    response.setAll(settings);
    if (status.equals("completed")) {
      response.put("completed_at", System.currentTimeMillis() / 1000);
    }
    if (result.isPresent()) {
      response.set("usage", usage(result.get()));
      response.set("timings", ResponseFields.timings(result.get().timings()));
    }
    return response;
  }

  private ObjectNode usage(Result of) {
    ObjectNode usage = JSON.objectNode().put("input_tokens", of.promptTokens());
    usage
        .putObject("input_tokens_details")
        .put("cached_tokens", of.timings().cachedTokens())
        .put("cache_write_tokens", 0);
    usage.put("output_tokens", of.completionTokens());
    usage.putObject("output_tokens_details").put("reasoning_tokens", reasoningTokens);
    return usage.put("total_tokens", of.promptTokens() + of.completionTokens());
  }
}
