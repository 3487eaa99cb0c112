package dev.lanewise.server;

import dev.lanewise.server.http.RequestId;
import dev.lanewise.server.openai.ApiError;
import dev.lanewise.server.openai.JsonBody;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** The routes of a port, and what it answers to requests that match none of them or fail. */
record Routes(List<Route> routes) implements Consumer<HttpRouting.Builder> {
  @Override
  public void accept(HttpRouting.Builder routing) {
    for (Route route : routes) {
      routing.route(route.method(), route.matcher(), route.handler());
    }
    routing.any(this::unknown).error(Throwable.class, Routes::failed);
  }

  private void unknown(ServerRequest request, ServerResponse response) {
    String method = request.prologue().method().text();
    String path = request.path().path();
    String allowed =
        routes.stream()
            .filter(route -> route.hasPath(request.prologue().uriPath()))
            .map(route -> route.method().text())
            .collect(Collectors.joining(", "));
    if (allowed.isEmpty()) {
      throw ApiError.unknownPath(method, path);
    }
    response.header(HeaderNames.ALLOW, allowed);
    throw ApiError.wrongMethod(method, path, allowed);
  }

  private static void failed(ServerRequest request, ServerResponse response, Throwable failure) {
    ApiError error = ApiError.of(failure);
    if (error.status() == 500) {
      System.getLogger("dev.lanewise.server")
          .log(
              System.Logger.Level.ERROR,
              "request " + RequestId.in(response.headers()) + " failed",
              failure);
    }
    error
        .retryAfterSeconds()
        .ifPresent(seconds -> response.header(HeaderNames.RETRY_AFTER, Integer.toString(seconds)));
    JsonBody.send(response, error.status(), error.toJson());
  }
}
