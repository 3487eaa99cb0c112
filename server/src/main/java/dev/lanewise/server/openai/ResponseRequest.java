package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.engine.Engine;
import dev.lanewise.engine.GenerationRequest;
import dev.lanewise.engine.sample.Sampling;
import java.util.List;
import java.util.OptionalInt;

/**
 * A checked body of {@code POST /v1/responses}: a chat request in other words.
 *
 * @param settings what the answer repeats of the request
 */
record ResponseRequest(ChatRequest chat, ObjectNode settings) implements Question {
  private static final int LEAST_TOKENS = 16;
  private static final String LOGPROBS = "message.output_text.logprobs";

  static ResponseRequest read(byte[] body, Sampling sampling) {
    RequestFields fields = RequestFields.parse(body);
    Conversation conversation = Conversation.ofResponse(fields);
    OptionalInt most = fields.integer("max_output_tokens", LEAST_TOKENS, Integer.MAX_VALUE);
    AnswerOptions options =
        AnswerOptions.read(fields, most, AnswerFormat.ofResponse(fields), sampling);
    if (options.includeUsage()) {
      throw ApiError.invalid(
          "stream_options.include_usage",
          "'stream_options.include_usage' is for chats; the last event of a response always tells the usage.");
    }
    ChatRequest chat = new ChatRequest(options, conversation, logprobs(fields));
    return new ResponseRequest(chat, settings(fields, options));
  }

  private static OptionalInt logprobs(RequestFields fields) {
    OptionalInt top = fields.integer("top_logprobs", 0, ChatRequest.MOST_LOGPROBS);
    boolean wanted = false;
    for (String one : fields.texts("include")) {
      if (!one.equals(LOGPROBS)) {
        throw ApiError.unsupported(
            "include", "'include' may have '%s' here, not '%s'.".formatted(LOGPROBS, one));
      }
      wanted = true;
    }
    if (!wanted && top.orElse(0) > 0) {
      throw ApiError.invalid(
          "top_logprobs", "'top_logprobs' needs '%s' in 'include'.".formatted(LOGPROBS));
    }
    return wanted ? OptionalInt.of(top.orElse(0)) : OptionalInt.empty();
  }

  private static ObjectNode settings(RequestFields fields, AnswerOptions options) {
    JsonNodeFactory json = JsonNodeFactory.instance;
    ObjectNode settings = json.objectNode();
    settings.set("instructions", fields.get("instructions").orElse(json.nullNode()));
    settings.set("max_output_tokens", fields.get("max_output_tokens").orElse(json.nullNode()));
    settings.set(
        "metadata", fields.object("metadata").map(RequestFields::json).orElseGet(json::objectNode));
    settings.put("parallel_tool_calls", fields.flag("parallel_tool_calls", true));
    settings.putNull("previous_response_id");
    ObjectNode reasoning = settings.putObject("reasoning");
    reasoning.set(
        "effort",
        fields.object("reasoning").flatMap(own -> own.get("effort")).orElse(json.nullNode()));
    reasoning.putNull("summary");
    settings.put("store", false);
    settings.put("temperature", options.sampling().temperature());
    ObjectNode text = settings.putObject("text");
    text.set(
        "format",
        fields
            .object("text")
            .flatMap(own -> own.get("format"))
            .orElseGet(() -> json.objectNode().put("type", "text")));
    settings.set("tool_choice", fields.get("tool_choice").orElseGet(() -> json.textNode("auto")));
    ArrayNode tools = settings.putArray("tools");
    for (RequestFields tool : fields.objects("tools")) {
      ObjectNode repeated = tool.json().deepCopy();
      for (String needed : List.of("parameters", "strict")) {
        repeated.set(needed, tool.get(needed).orElse(json.nullNode()));
      }
      tools.add(repeated);
    }
    settings.put("top_logprobs", fields.integer("top_logprobs", 0, Integer.MAX_VALUE).orElse(0));
    settings.put("top_p", options.sampling().topP());
    settings.put("truncation", "disabled");
    fields.text("user").ifPresent(user -> settings.put("user", user));
    return settings;
  }

  @Override
  public AnswerOptions options() {
    return chat.options();
  }

  @Override
  public List<GenerationRequest> requests(Engine engine, Caller caller) {
    return chat.requests(engine, caller);
  }

  @Override
  public AnswerShape shape(Engine engine, List<GenerationRequest> requests, String model) {
    return new ResponseShape(
        this, chat.parts(engine, requests.getFirst().prompt()), engine.tokenizer(), model);
  }
}
