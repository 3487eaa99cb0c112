package dev.lanewise.server.openai;

import dev.lanewise.engine.Prompts;
import dev.lanewise.model.chat.Span;
import java.util.List;
import java.util.Map;

/**
 * The part of a chat request that its prompt is made of.
 *
 * @param values what the chat template sees
 * @param continuesLast whether the answer goes on with the last message
 */
public record Conversation(Map<String, Object> values, boolean continuesLast) {
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
    return new Conversation(
        ChatRequest.conversation(fields), fields.flag("continue_final_message", false));
  }

  /**
   * The text of the prompt.
   *
   * @throws dev.lanewise.engine.InvalidRequest if the chat template refuses it
   */
  public List<Span> render(Prompts prompts) {
    return continuesLast ? prompts.renderUnfinished(values) : prompts.render(values);
  }

  /**
   * The tokens of the prompt.
   *
   * @throws dev.lanewise.engine.InvalidRequest if the chat template refuses it
   */
  public int[] encode(Prompts prompts) {
    return continuesLast ? prompts.encodeUnfinished(values) : prompts.encode(values);
  }
}
