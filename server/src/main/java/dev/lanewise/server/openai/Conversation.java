package dev.lanewise.server.openai;

import dev.lanewise.engine.Prompts;
import dev.lanewise.model.chat.Span;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The part of a chat request that its prompt is made of.
 *
 * @param values what the chat template sees
 * @param continuesLast whether the answer goes on with the last message
 * @param tools what the model may call
 */
public record Conversation(Map<String, Object> values, boolean continuesLast, Tools tools) {
  private static final List<String> EFFORTS =
      List.of("none", "minimal", "low", "medium", "high", "xhigh", "max");

  /**
   * Reads a body of {@code POST /v1/chat/completions}.
   *
   * @throws ApiError if the body is no chat request; what concerns the answer is not looked at
   */
  public static Conversation read(byte[] body) {
    return read(RequestFields.parse(body));
  }

  static Conversation read(RequestFields fields) {
    FieldRules.CHAT.check(fields);
    Tools tools = Tools.read(fields, TypedFields.NESTED);
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
    Map<String, Object> values =
        values(fields, messages, tools, fields.oneOf("reasoning_effort", EFFORTS));
    values.put("add_generation_prompt", begins);
    return new Conversation(values, continuesLast, tools);
  }

  /** The same of a body of {@code POST /v1/responses}. */
  static Conversation ofResponse(RequestFields fields) {
    FieldRules.RESPONSE.check(fields);
    Optional<RequestFields> reasoning = fields.object("reasoning");
    reasoning.ifPresent(
        own ->
            own.forEachName(
                field -> {
                  if (!field.equals("effort") && own.get(field).isPresent()) {
                    throw ApiError.unsupported(
                        own.name(field),
                        "'%s' is not supported; leave it out.".formatted(own.name(field)));
                  }
                }));
    Tools tools = Tools.read(fields, TypedFields.FLAT);
    Map<String, Object> values =
        values(
            fields,
            ResponseInput.read(fields),
            tools,
            reasoning.flatMap(own -> own.oneOf("effort", EFFORTS)));
    values.put("add_generation_prompt", true);
    return new Conversation(values, false, tools);
  }

  private static Map<String, Object> values(
      RequestFields fields,
      List<Map<String, Object>> messages,
      Tools tools,
      Optional<String> reasoningEffort) {
    Map<String, Object> values = new HashMap<>();
    fields
        .object("chat_template_kwargs")
        .ifPresent(extra -> values.putAll(PlainJson.map(extra.json())));
    for (String own : List.of("messages", "tools", "add_generation_prompt")) {
      if (values.containsKey(own)) {
        throw ApiError.invalid(
            "chat_template_kwargs." + own,
            "'chat_template_kwargs' must not have '%s', which is a field of the request."
                .formatted(own));
      }
    }
    reasoningEffort.ifPresent(
        effort -> {
          values.put("reasoning_effort", effort);
          if (effort.equals("none")) { // the name some templates have for it
            values.put("enable_thinking", false);
          }
        });
    values.put("messages", messages);
    if (tools.any()) {
      values.put("tools", tools.described().stream().map(Tool::described).toList());
    }
    return values;
  }

  /**
   * The text of the prompt.
   *
   * @throws dev.lanewise.engine.InvalidRequest if the chat template refuses it
   */
  public List<Span> render(Prompts prompts) {
    Map<String, Object> written = written(prompts);
    return continuesLast ? prompts.renderUnfinished(written) : prompts.render(written);
  }

  /**
   * The tokens of the prompt.
   *
   * @throws dev.lanewise.engine.InvalidRequest if the chat template refuses it
   */
  public int[] encode(Prompts prompts) {
    Map<String, Object> written = written(prompts);
    return continuesLast ? prompts.encodeUnfinished(written) : prompts.encode(written);
  }

  /** What the template sees, which need not know tools. */
  private Map<String, Object> written(Prompts prompts) {
    Optional<ToolSyntax> syntax = SyntaxProbe.syntax(prompts);
    if (syntax.isEmpty()) {
      return ToolPrompt.write(values, tools);
    }
    return syntax.get() == ToolSyntax.MISTRAL ? MistralIds.write(values) : values;
  }

  /** How calls of tools are written, if the model may call any. */
  Optional<ToolSyntax> syntax(Prompts prompts) {
    return tools.any()
        ? Optional.of(SyntaxProbe.syntax(prompts).orElse(ToolSyntax.HERMES))
        : Optional.empty();
  }
}
