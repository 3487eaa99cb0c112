package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.engine.FinishReason;
import dev.lanewise.engine.Result;
import dev.lanewise.engine.Timings;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/**
 * The JSON of one answer, whole or in chunks, in the shape of its endpoint.
 *
 * @param chat whether it answers {@code /v1/chat/completions}, or {@code /v1/completions}
 * @param created seconds since 1970
 */
record AnswerShape(boolean chat, String id, long created, String model) {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  static AnswerShape create(boolean chat, String model) {
    String id = (chat ? "chatcmpl-" : "cmpl-") + UUID.randomUUID().toString().replace("-", "");
    return new AnswerShape(chat, id, System.currentTimeMillis() / 1000, model);
  }

  /** The answer of a request that does not stream. */
  ObjectNode whole(String text, Result result) {
    ObjectNode body = base(chat ? "chat.completion" : "text_completion");
    ObjectNode choice = choice(body);
    if (chat) {
      choice.putObject("message").put("role", "assistant").put("content", text).putNull("refusal");
    } else {
      choice.put("text", text);
    }
    choice.put("finish_reason", name(result.finish()));
    body.set("usage", usage(result));
    body.set("timings", timings(result.timings()));
    return body;
  }

  /** The first chunk of a stream, where the endpoint has one: it tells the role. */
  Optional<ObjectNode> opening() {
    if (!chat) {
      return Optional.empty();
    }
    ObjectNode body = chunk();
    ObjectNode choice = choice(body);
    choice.putObject("delta").put("role", "assistant").put("content", "");
    choice.putNull("finish_reason");
    return Optional.of(body);
  }

  /** A chunk of text. */
  ObjectNode text(String text) {
    ObjectNode body = chunk();
    ObjectNode choice = choice(body);
    if (chat) {
      choice.putObject("delta").put("content", text);
    } else {
      choice.put("text", text);
    }
    choice.putNull("finish_reason");
    return body;
  }

  /** The chunk that tells why the stream ends. */
  ObjectNode closing(Result result) {
    ObjectNode body = chunk();
    ObjectNode choice = choice(body);
    if (chat) {
      choice.putObject("delta");
    } else {
      choice.put("text", "");
    }
    choice.put("finish_reason", name(result.finish()));
    body.set("timings", timings(result.timings()));
    return body;
  }

  /** The chunk without a choice that tells the number of tokens. */
  ObjectNode usageChunk(Result result) {
    ObjectNode body = chunk();
    body.putArray("choices");
    body.set("usage", usage(result));
    return body;
  }

  private ObjectNode chunk() {
    return base(chat ? "chat.completion.chunk" : "text_completion");
  }

  private ObjectNode base(String object) {
    return JSON.objectNode()
        .put("id", id)
        .put("object", object)
        .put("created", created)
        .put("model", model)
        .put("system_fingerprint", "lanewise");
  }

  private static ObjectNode choice(ObjectNode body) {
    return body.putArray("choices").addObject().put("index", 0).putNull("logprobs");
  }

  private static String name(FinishReason reason) {
    return reason.name().toLowerCase(Locale.ROOT);
  }

  private static ObjectNode usage(Result result) {
    ObjectNode usage =
        JSON.objectNode()
            .put("prompt_tokens", result.promptTokens())
            .put("completion_tokens", result.completionTokens())
            .put("total_tokens", result.promptTokens() + result.completionTokens());
    usage.putObject("prompt_tokens_details").put("cached_tokens", result.timings().cachedTokens());
    usage.putObject("completion_tokens_details").put("reasoning_tokens", 0);
    return usage;
  }

  private static ObjectNode timings(Timings timings) {
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
