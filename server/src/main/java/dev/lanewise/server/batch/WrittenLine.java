package dev.lanewise.server.batch;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;

/**
 * What is read again of an {@link OutputLine}.
 *
 * @param customId null where the line of the input could not be told from others
 * @param response null where there is an error of the line
 * @param error null where there is a response
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record WrittenLine(@JsonProperty("custom_id") String customId, Response response, LineError error) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Of an endpoint. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Response(@JsonProperty("status_code") int status) {}

  /**
   * Of a line that is no request.
   *
   * @param line its number in the input
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record LineError(int line) {}

  /**
   * Reads a line.
   *
   * @throws IOException if it is no {@link OutputLine}
   */
  static WrittenLine read(byte[] line) throws IOException {
    WrittenLine read = JSON.readValue(line, WrittenLine.class);
    boolean answered = read != null && read.customId != null && read.response != null;
    boolean refused = read != null && read.customId == null && read.error != null;
    if (!answered && !refused) {
      throw new IOException("neither a response nor an error");
    }
    return read;
  }

  /** Whether it tells of an error. */
  boolean isError() {
    return response == null || response.status != 200;
  }
}
