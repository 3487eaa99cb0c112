package dev.lanewise.server;

import io.helidon.common.uri.UriPath;
import io.helidon.http.Method;
import io.helidon.http.PathMatcher;
import io.helidon.http.PathMatchers;
import io.helidon.webserver.http.Handler;

/**
 * A method and a path that are answered.
 *
 * @param pattern the path, with {@code {name}} for one segment and {@code {+name}} for several
 */
record Route(Method method, String pattern, PathMatcher matcher, Handler handler) {
  static Route get(String pattern, Handler handler) {
    return new Route(Method.GET, pattern, PathMatchers.create(pattern), handler);
  }

  static Route post(String pattern, Handler handler) {
    return new Route(Method.POST, pattern, PathMatchers.create(pattern), handler);
  }

  /** Whether a request for {@code path} is for this, but for its method. */
  boolean hasPath(UriPath path) {
    return matcher.match(path).accepted();
  }

  /** The path as OpenAPI writes it, where a parameter is {@code {name}}. */
  String path() {
    return pattern.replace("{+", "{");
  }
}
