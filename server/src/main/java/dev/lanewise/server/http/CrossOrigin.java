package dev.lanewise.server.http;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.cors.CorsFeature;
import io.helidon.webserver.cors.CorsPathConfig;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/** Which web pages of other origins a browser lets ask the server. */
public final class CrossOrigin {
  /** Stands for all origins. */
  private static final String ALL = "*";

  private static final Pattern ORIGIN =
      Pattern.compile("https?://(?:[A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+])(?::\\d{1,5})?");

  private CrossOrigin() {}

  /**
   * Lets pages of the given origins ask; without credentials that a browser keeps, since a page
   * that has a key sends it itself.
   *
   * @param origins {@code scheme://host[:port]} each, or {@code *}
   * @throws IllegalArgumentException for anything else
   */
  public static CorsFeature allow(List<String> origins) {
    CorsPathConfig.Builder everywhere =
        CorsPathConfig.builder()
            .pathPattern("/*")
            .clearAllowOrigins()
            .clearAllowMethods()
            .addAllowMethod("GET")
            .addAllowMethod("POST")
            .addExposeHeader(RequestId.HEADER)
            .addExposeHeader(HeaderNames.RETRY_AFTER)
            .maxAge(Duration.ofHours(1));
    for (String origin : origins) {
      if (!origin.equals(ALL) && !ORIGIN.matcher(origin).matches()) {
        throw new IllegalArgumentException(
            "'%s' is no origin; write scheme://host[:port] without a path, or * for all"
                .formatted(origin));
      }
      everywhere.addAllowOrigin(origin);
    }
    return CorsFeature.builder()
        .enabled(true)
        .addDefaults(false)
        .addSocket(WebServer.DEFAULT_SOCKET_NAME)
        .addPath(everywhere.build())
        .build();
  }
}
