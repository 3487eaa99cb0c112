package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which fields of the OpenAI API an endpoint knows: those it honours, those that change nothing
 * here, and those it accepts only with the value that asks for nothing.
 */
final class FieldRules {
  /** Honoured by all endpoints. */
  private static final List<String> COMMON =
      List.of(
          "model",
          "temperature",
          "top_p",
          "top_k",
          "min_p",
          "typical_p",
          "repetition_penalty",
          "repeat_penalty",
          "presence_penalty",
          "frequency_penalty",
          "logit_bias",
          "seed",
          "stop",
          "stop_token_ids",
          "min_tokens",
          "ignore_eos",
          "stream",
          "stream_options",
          "cache_prompt",
          "grammar",
          "regex",
          "sparsity",
          "priority",
          "timeout");

  /** Honoured where answers are completions, of chats too. */
  private static final List<String> OF_COMPLETIONS =
      List.of("max_tokens", "n", "logprobs", "response_format", "json_schema");

  /** Accepted without effect: they do not concern the answer. */
  private static final List<String> HARMLESS =
      List.of(
          "user",
          "metadata",
          "safety_identifier",
          "prompt_cache_key",
          "prompt_cache_options",
          "prompt_cache_retention",
          "service_tier");

  private static final Predicate<JsonNode> FALSE =
      value -> value.isBoolean() && !value.booleanValue();
  private static final Predicate<JsonNode> EMPTY =
      value -> value.isContainerNode() && value.isEmpty();
  private static final Predicate<JsonNode> NEVER = value -> false;

  static final FieldRules CHAT =
      new FieldRules(
          OF_COMPLETIONS,
          List.of(
              "messages",
              "max_completion_tokens",
              "top_logprobs",
              "tools",
              "tool_choice",
              "parallel_tool_calls",
              "reasoning_effort",
              "chat_template_kwargs",
              "add_generation_prompt",
              "continue_final_message"),
          Map.ofEntries(
              Map.entry("store", FALSE),
              Map.entry("functions", EMPTY),
              Map.entry("function_call", isText("none", "auto")),
              Map.entry(
                  "modalities", value -> value.size() == 1 && isText("text").test(value.path(0))),
              Map.entry("audio", NEVER),
              Map.entry("prediction", NEVER),
              Map.entry("web_search_options", NEVER),
              Map.entry("moderation", NEVER),
              Map.entry("verbosity", isText("medium"))));

  static final FieldRules COMPLETION =
      new FieldRules(
          OF_COMPLETIONS, List.of("prompt", "best_of", "echo", "suffix"), Map.of("store", FALSE));

  static final FieldRules RESPONSE =
      new FieldRules(
          List.of(),
          List.of(
              "input",
              "instructions",
              "max_output_tokens",
              "top_logprobs",
              "include",
              "text",
              "tools",
              "tool_choice",
              "parallel_tool_calls",
              "max_tool_calls",
              "reasoning",
              "chat_template_kwargs"),
          Map.ofEntries(
              Map.entry("store", FALSE),
              Map.entry("background", FALSE),
              Map.entry("truncation", isText("disabled")),
              Map.entry("previous_response_id", NEVER),
              Map.entry("conversation", NEVER),
              Map.entry("prompt", NEVER),
              Map.entry("moderation", NEVER),
              Map.entry("context_management", NEVER)));

  private final Map<String, Predicate<JsonNode>> onlyNeutral;
  private final Set<String> known = new HashSet<>();

  private FieldRules(
      List<String> shared, List<String> own, Map<String, Predicate<JsonNode>> onlyNeutral) {
    this.onlyNeutral = onlyNeutral;
    known.addAll(COMMON);
    known.addAll(HARMLESS);
    known.addAll(shared);
    known.addAll(own);
    known.addAll(onlyNeutral.keySet());
  }

  private static Predicate<JsonNode> isText(String... allowed) {
    return value -> value.isTextual() && List.of(allowed).contains(value.textValue());
  }

  /** All fields that are not refused as unknown. */
  Set<String> known() {
    return Set.copyOf(known);
  }

  /** Refuses fields that are unknown, or that ask for something this version does not do. */
  void check(RequestFields fields) {
    fields.refuseUnknown(known);
    onlyNeutral.forEach(
        (field, neutral) ->
            fields
                .get(field)
                .filter(neutral.negate())
                .ifPresent(
                    value -> {
                      throw ApiError.unsupported(
                          field,
                          "'%s' is not supported by this version of Lanewise, except with the value that changes nothing; leave it out."
                              .formatted(field));
                    }));
  }
}
