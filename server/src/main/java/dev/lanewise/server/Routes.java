package dev.lanewise.server;

import dev.lanewise.server.http.RequestId;
import dev.lanewise.server.openai.ApiError;
import dev.lanewise.server.openai.JsonBody;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.HashMap;
import java.util.Map;

/** The routes of a port, and what it answers to requests that match none of them or fail. */
final class Routes {
  private final HttpRouting.Builder routing;
  private final Map<String, String> methods = new HashMap<>();

  Routes(HttpRouting.Builder routing) {
    this.routing = routing;
  }

  Routes get(String path, Handler handler) {
    routing.get(path, handler);
    methods.put(path, "GET");
    return this;
  }

  Routes post(String path, Handler handler) {
    routing.post(path, handler);
    methods.put(path, "POST");
    return this;
  }

  /** No more routes come. */
  void end() {
    routing.any(this::unknown).error(Throwable.class, Routes::failed);
  }

  private void unknown(ServerRequest request, ServerResponse response) {
    String method = request.prologue().method().text();
    String path = request.path().path();
    String allowed = methods.get(path);
    ApiError error =
        allowed == null
            ? ApiError.unknownPath(method, path)
            : ApiError.wrongMethod(method, path, allowed);
    if (allowed != null) {
      response.header(HeaderNames.ALLOW, allowed);
    }
    JsonBody.send(response, error.status(), error.toJson());
  }

  private static void failed(ServerRequest request, ServerResponse response, Throwable failure) {
    System.getLogger("dev.lanewise.server")
        .log(
            System.Logger.Level.ERROR,
            "request " + RequestId.in(response.headers()) + " failed",
            failure);
    ApiError error = ApiError.of(failure);
    JsonBody.send(response, error.status(), error.toJson());
  }
}
