package dev.lanewise.server.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import java.util.UUID;
import java.util.regex.Pattern;

/** The name by which a request is found again in logs: {@code x-request-id}. */
public final class RequestId {
  /** Holds the id, in requests and answers. */
  public static final HeaderName HEADER = HeaderNames.create("x-request-id");

  private static final Pattern ALLOWED = Pattern.compile("[A-Za-z0-9._-]{1,128}");

  private RequestId() {}

  /** The id that the client chose, if it can stand in a log; otherwise a new one. */
  public static String of(Headers request) {
    return request
        .first(HEADER)
        .filter(id -> ALLOWED.matcher(id).matches())
        .orElseGet(RequestId::create);
  }

  /** A new id. */
  public static String create() {
    return "req-" + UUID.randomUUID().toString().replace("-", "");
  }

  /** The id in an answer; {@code -} if it has none. */
  public static String in(Headers answer) {
    return answer.first(HEADER).orElse("-");
  }
}
