package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.engine.FinishReason;
import dev.lanewise.engine.Result;
import dev.lanewise.engine.Timings;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/**
 * What all chunks of an answer, or the whole of it, begin with.
 *
 * @param created seconds since 1970
 */
record ResponseFields(String id, long created, String model) {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** The fields of a new answer. */
  static ResponseFields create(String prefix, String model) {
    return new ResponseFields(newId(prefix), System.currentTimeMillis() / 1000, model);
  }

  /** An id that nothing else has. */
  static String newId(String prefix) {
    return prefix + UUID.randomUUID().toString().replace("-", "");
  }

  ObjectNode body(String object) {
    return JSON.objectNode()
        .put("id", id)
        .put("object", object)
        .put("created", created)
        .put("model", model)
        .put("system_fingerprint", "lanewise");
  }

  /** The chunk that ends a stream with how many tokens there were. */
  ObjectNode usageChunk(String object, ObjectNode usage) {
    ObjectNode body = body(object);
    body.putArray("choices");
    body.set("usage", usage);
    return body;
  }

  static String name(FinishReason reason) {
    return reason.name().toLowerCase(Locale.ROOT);
  }

  /**
   * How many tokens there were.
   *
   * @param perPrompt answers to each prompt, which is counted once
   */
  static ObjectNode usage(List<Result> results, int perPrompt, int reasoningTokens) {
    int prompt = 0;
    int cached = 0;
    int completion = 0;
    for (int i = 0; i < results.size(); i++) {
      Result result = results.get(i);
      if (i % perPrompt == 0) {
        prompt += result.promptTokens();
        cached += result.timings().cachedTokens();
      }
      completion += result.completionTokens();
    }
    ObjectNode usage =
        JSON.objectNode()
            .put("prompt_tokens", prompt)
            .put("completion_tokens", completion)
            .put("total_tokens", prompt + completion);
    usage.putObject("prompt_tokens_details").put("cached_tokens", cached);
    usage.putObject("completion_tokens_details").put("reasoning_tokens", reasoningTokens);
    return usage;
  }

  /** Where the time went. */
  static ObjectNode timings(Timings timings) {
    return JSON.objectNode()
        .put("prompt_n", timings.promptTokens())
        .put("prompt_ms", rounded(timings.promptSeconds() * 1000))
        .put("prompt_per_second", rounded(timings.promptPerSecond()))
        .put("predicted_n", timings.generatedTokens())
        .put("predicted_ms", rounded(timings.generationSeconds() * 1000))
        .put("predicted_per_second", rounded(timings.generatedPerSecond()));
  }

  private static double rounded(double value) {
    return Math.round(value * 100) / 100.0;
  }
}
