package dev.lanewise.server.openai;

import dev.lanewise.engine.AnswerDetails;
import dev.lanewise.engine.Engine;
import dev.lanewise.engine.GenerationRequest;
import dev.lanewise.model.chat.ChatTemplate;
import dev.lanewise.model.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A checked body of {@code POST /v1/chat/completions}.
 *
 * @param conversation what the chat template sees
 * @param continuesLast whether the answer goes on with the last message
 * @param tools what the model may call
 * @param logprobs how many likeliest tokens to tell; empty to tell nothing
 */
record ChatRequest(
    AnswerOptions options,
    Map<String, Object> conversation,
    boolean continuesLast,
    Tools tools,
    OptionalInt logprobs)
    implements Question {
  private static final int MOST_LOGPROBS = 20;
  private static final List<String> EFFORTS =
      List.of("none", "minimal", "low", "medium", "high", "xhigh", "max");

  static ChatRequest read(byte[] body) {
    RequestFields fields = RequestFields.parse(body);
    FieldRules.CHAT.check(fields);
    Tools tools = Tools.read(fields);
    Map<String, Object> conversation = conversation(fields);
    if (tools.any()) {
      conversation.put("tools", tools.functions().stream().map(Tools.Function::described).toList());
    }
    OptionalInt maxTokens = fields.integer("max_completion_tokens", 1, Integer.MAX_VALUE);
    if (maxTokens.isEmpty()) {
      maxTokens = fields.integer("max_tokens", 1, Integer.MAX_VALUE);
    }
    return new ChatRequest(
        AnswerOptions.read(fields, maxTokens),
        conversation,
        fields.flag("continue_final_message", false),
        tools,
        logprobs(fields));
  }

  /** What the chat template sees. */
  static Map<String, Object> conversation(RequestFields fields) {
    Map<String, Object> conversation = new HashMap<>();
    fields
        .object("chat_template_kwargs")
        .ifPresent(extra -> conversation.putAll(PlainJson.map(extra.json())));
    for (String own : List.of("messages", "tools", "add_generation_prompt")) {
      if (conversation.containsKey(own)) {
        throw ApiError.invalid(
            "chat_template_kwargs." + own,
            "'chat_template_kwargs' must not have '%s', which is a field of the request."
                .formatted(own));
      }
    }
    fields
        .oneOf("reasoning_effort", EFFORTS)
        .ifPresent(
            effort -> {
              conversation.put("reasoning_effort", effort);
              if (effort.equals("none")) { // the name some templates have for it
                conversation.put("enable_thinking", false);
              }
            });
    List<Map<String, Object>> messages = Messages.read(fields);
    boolean continuesLast = fields.flag("continue_final_message", false);
    boolean begins = fields.flag("add_generation_prompt", !continuesLast);
    if (continuesLast && begins) {
      throw ApiError.invalid(
          "add_generation_prompt",
          "'add_generation_prompt' and 'continue_final_message' exclude each other.");
    }
    if (continuesLast && !messages.getLast().get("role").equals("assistant")) {
      throw ApiError.invalid(
          "continue_final_message",
          "'continue_final_message' needs a last message of role 'assistant'.");
    }
    conversation.put("messages", messages);
    conversation.put("add_generation_prompt", begins);
    return conversation;
  }

  private static OptionalInt logprobs(RequestFields fields) {
    OptionalInt top = fields.integer("top_logprobs", 0, MOST_LOGPROBS);
    if (fields.flag("logprobs", false)) {
      return OptionalInt.of(top.orElse(0));
    }
    if (top.orElse(0) > 0) {
      throw ApiError.invalid("top_logprobs", "'top_logprobs' needs 'logprobs': true.");
    }
    return OptionalInt.empty();
  }

  @Override
  public List<GenerationRequest> requests(Engine engine, Caller caller) {
    Map<String, Object> written =
        syntaxOf(engine).isPresent() ? conversation : ToolPrompt.write(conversation, tools);
    int[] prompt = continuesLast ? engine.encodeUnfinished(written) : engine.encodeChat(written);
    return options.requests(
        prompt,
        options.n(),
        new AnswerDetails(logprobs, false, marks(engine.tokenizer())),
        caller);
  }

  /** How the model's template writes calls; empty if it knows none. */
  private static Optional<ToolSyntax> syntaxOf(Engine engine) {
    return engine.chatTemplate().map(ChatTemplate::source).flatMap(ToolSyntax::of);
  }

  /** Control tokens by which models mark the parts of an answer. */
  private Set<Integer> marks(Tokenizer tokenizer) {
    Stream<String> calls =
        tools.any()
            ? Arrays.stream(ToolSyntax.values())
                .flatMap(syntax -> Stream.of(syntax.open(), syntax.close()))
            : Stream.empty();
    return Stream.concat(Stream.of(ReasoningSplitter.OPEN, ReasoningSplitter.CLOSE), calls)
        .flatMapToInt(mark -> tokenizer.controlToken(mark).stream())
        .boxed()
        .collect(Collectors.toSet());
  }

  @Override
  public AnswerShape shape(Engine engine, List<GenerationRequest> requests, String model) {
    Optional<ToolSyntax> syntax =
        tools.any()
            ? Optional.of(syntaxOf(engine).orElse(ToolSyntax.HERMES))
            : Optional.empty();
    return new ChatShape(this, syntax, requests.getFirst().prompt(), engine.tokenizer(), model);
  }
}
