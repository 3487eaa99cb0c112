package dev.lanewise.server.openai;

import dev.lanewise.server.http.ApiKeys;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.util.Set;

/** Answers requests without a key with 401, before their bodies are read. */
public final class KeyCheck implements Filter {
  private final ApiKeys keys;
  private final Set<String> open;

  /**
   * Asks for a key.
   *
   * @param open paths that need none; every other one does, whether it exists or not
   */
  public KeyCheck(ApiKeys keys, Set<String> open) {
    this.keys = keys;
    this.open = open;
  }

  @Override
  public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
    boolean asksForNothing = request.prologue().method() == Method.OPTIONS;
    if (asksForNothing
        || open.contains(request.path().path())
        || ApiKeys.shown(request.headers()).filter(keys::contain).isPresent()) {
      chain.proceed();
      return;
    }
    response.header(HeaderNames.WWW_AUTHENTICATE, "Bearer");
    ApiError error = ApiError.withoutKey(ApiKeys.shown(request.headers()).isPresent());
    JsonBody.send(response, error.status(), error.toJson());
  }
}
