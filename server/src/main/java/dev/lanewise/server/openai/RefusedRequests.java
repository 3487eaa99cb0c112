package dev.lanewise.server.openai;

import dev.lanewise.server.http.AccessLog;
import dev.lanewise.server.http.RequestId;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.DirectHandlers;
import java.nio.charset.StandardCharsets;

/** Answers what never reaches a route, since it is not proper HTTP, in the shape of all errors. */
public final class RefusedRequests implements DirectHandler {
  private final AccessLog log;

  private RefusedRequests(AccessLog log) {
    this.log = log;
  }

  /** Answers all kinds of refused requests. */
  public static DirectHandlers handlers(AccessLog log) {
    RefusedRequests handler = new RefusedRequests(log);
    DirectHandlers.Builder handlers = DirectHandlers.builder();
    for (EventType type : EventType.values()) {
      handlers.addHandler(type, handler);
    }
    return handlers.build();
  }

  @Override
  public TransportResponse handle(
      TransportRequest request,
      EventType type,
      Status status,
      ServerResponseHeaders headers,
      String message) {
    String id = RequestId.of(request.headers());
    log.refused(request, status.code(), id);
    headers.set(RequestId.HEADER, id);
    headers.set(HeaderValues.CONTENT_TYPE_JSON);
    ApiError error = ApiError.refused(status.code(), message);
    return TransportResponse.builder()
        .status(status)
        .headers(headers)
        .keepAlive(false)
        .entity(error.toJson().toString().getBytes(StandardCharsets.UTF_8))
        .build();
  }
}
