package dev.lanewise.server.http;

import io.helidon.http.DirectHandler.TransportRequest;
import io.helidon.http.HttpPrologue;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Gives each request its id and writes one line about it when it has been answered. What a client
 * wrote stands there in visible ASCII characters only; queries, headers and bodies never do.
 */
public final class AccessLog implements Filter {
  private static final System.Logger LOG = System.getLogger("dev.lanewise.access");
  private static final Pattern INVISIBLE = Pattern.compile("[^!-~]");
  private static final int LONGEST = 256;

  private final boolean on;
  private final Set<String> silent;

  /** What an endpoint has to add to the line. */
  private record Note(String text) {}

  /**
   * Writes to the log, or only gives ids.
   *
   * @param silent paths of which nothing is logged
   */
  public AccessLog(boolean on, Set<String> silent) {
    this.on = on;
    this.silent = silent;
  }

  /** Adds a text, in which there must be nothing of prompts and answers, to a request's line. */
  public static void note(ServerRequest request, String text) {
    request.context().register(new Note(text));
  }

  @Override
  public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
    long start = System.nanoTime();
    String client = client(request);
    String id = RequestId.of(request.headers());
    response.header(RequestId.HEADER, id);
    try {
      chain.proceed();
    } finally {
      if (on && !silent.contains(request.path().path())) {
        double millis = (System.nanoTime() - start) / 1e6;
        LOG.log(System.Logger.Level.INFO, () -> line(client, request, response, id, millis));
      }
    }
  }

  private static String line(
      String client, RoutingRequest request, RoutingResponse response, String id, double millis) {
    HttpPrologue prologue = request.prologue();
    String note = request.context().get(Note.class).map(it -> ", " + it.text()).orElse("");
    return "%s %s %s %s %s, %.0f ms, %d bytes%s"
        .formatted(
            client,
            visible(prologue.method().text()),
            visible(prologue.uriPath().rawPath()),
            response.hasEntity() ? Integer.toString(response.status().code()) : "-",
            id,
            millis,
            response.hasEntity() ? response.bytesWritten() : 0,
            note);
  }

  /** The client's address, which is not known any more when its connection has ended. */
  private static String client(RoutingRequest request) {
    return request.remotePeer().address() instanceof InetSocketAddress internet
        ? internet.getAddress().getHostAddress()
        : "-";
  }

  /** Writes the line of a request that is no HTTP. Who sent it is not known here. */
  public void refused(TransportRequest request, int status, String id) {
    if (on) {
      String path = request.path();
      int query = path.indexOf('?');
      String line =
          "- %s %s %d %s, refused"
              .formatted(
                  visible(request.method()),
                  visible(query < 0 ? path : path.substring(0, query)),
                  status,
                  id);
      LOG.log(System.Logger.Level.INFO, line);
    }
  }

  private static String visible(String text) {
    String start = text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
    return start.isEmpty() ? "-" : INVISIBLE.matcher(start).replaceAll("?");
  }
}
