package dev.lanewise.server.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.lanewise.server.openai.OfflineEndpoints.Answer;
import java.util.UUID;

/**
 * A line of the output, as the OpenAI Batch API has them.
 *
 * @param json without a newline
 * @param isError whether it tells of an error
 */
record OutputLine(String json, boolean isError) {
  private static final String ID = "batch_req_";

  /** How all lines begin. */
  static final String BEGINNING = "{\"id\":\"" + ID;

  /** The line for an answer. */
  static OutputLine of(String customId, String requestId, Answer answer) {
    ObjectNode line = line(customId);
    line.putObject("response")
        .put("status_code", answer.status())
        .put("request_id", requestId)
        .putRawValue("body", new RawValue(answer.body()));
    line.putNull("error");
    return new OutputLine(line.toString(), answer.status() != 200);
  }

  /**
   * The line for a line of the input that is no request.
   *
   * @param number which one
   */
  static OutputLine of(InvalidLine invalid, int number) {
    ObjectNode line = line(null).putNull("response");
    line.putObject("error")
        .put("code", invalid.code())
        .put("message", invalid.getMessage())
        .put("line", number);
    return new OutputLine(line.toString(), true);
  }

  private static ObjectNode line(String customId) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", ID + UUID.randomUUID().toString().replace("-", ""))
        .put("custom_id", customId);
  }

  /** What is written, newline included. */
  byte[] bytes() {
    return (json + "\n").getBytes(UTF_8);
  }
}
