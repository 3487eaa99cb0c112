package dev.lanewise.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;

/** Files over HTTP, whole or from a byte on, by a server that may break off, redirect or refuse. */
public final class FileServer implements AutoCloseable {
  private final HttpServer server;
  private final Map<String, byte[]> files;
  private final Map<String, String> redirects = new ConcurrentHashMap<>();
  private final Deque<Integer> refusals = new ConcurrentLinkedDeque<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private volatile String lastRange;
  private volatile String lastAuthorization;
  private volatile int breakOffAfter = Integer.MAX_VALUE;
  private volatile boolean ignoresRanges;

  private FileServer(HttpServer server, Map<String, byte[]> files) {
    this.server = server;
    this.files = files;
  }

  /** Serves files by their paths; the map may change meanwhile. */
  public static FileServer of(Map<String, byte[]> files) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    FileServer running = new FileServer(server, files);
    server.createContext("/", running::answer);
    server.start();
    return running;
  }

  public String url(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  /** The next answer that is longer ends after so many bytes. */
  public void breakOffAfter(int bytes) {
    breakOffAfter = bytes;
  }

  /** From now on, all of a file is sent whatever is asked for. */
  public void ignoreRanges() {
    ignoresRanges = true;
  }

  /** Requests of one path are sent to another address. */
  public void redirect(String path, String url) {
    redirects.put(path, url);
  }

  /** The next answers are these, which ask to come back in no time. */
  public void refuse(Integer... statuses) {
    refusals.addAll(List.of(statuses));
  }

  public int requests() {
    return asked.size();
  }

  /** The paths that were asked for, with their queries. */
  public List<String> asked() {
    return asked;
  }

  /** The header Authorization of the last request, or null. */
  public String lastAuthorization() {
    return lastAuthorization;
  }

  /** The header Range of the last request, or null. */
  public String lastRange() {
    return lastRange;
  }

  private synchronized void answer(HttpExchange exchange) throws IOException {
    asked.add(exchange.getRequestURI().toString());
    lastAuthorization = exchange.getRequestHeaders().getFirst("Authorization");
    lastRange = exchange.getRequestHeaders().getFirst("Range");
    byte[] file = files.get(exchange.getRequestURI().getPath());
    try (exchange) {
      String redirect = redirects.get(exchange.getRequestURI().getPath());
      if (!refusals.isEmpty()) {
        exchange.getResponseHeaders().set("Retry-After", "0");
        exchange.sendResponseHeaders(refusals.removeFirst(), -1);
        return;
      }
      if (redirect != null) {
        exchange.getResponseHeaders().set("Location", redirect);
        exchange.sendResponseHeaders(302, -1);
        return;
      }
      if (file == null) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      int from = 0;
      if (lastRange != null && !ignoresRanges) {
        from = Integer.parseInt(lastRange.replaceAll("\\D", ""));
        exchange
            .getResponseHeaders()
            .set("Content-Range", "bytes %d-%d/%d".formatted(from, file.length - 1, file.length));
      }
      int length = file.length - from;
      exchange.sendResponseHeaders(from > 0 ? 206 : 200, length);
      exchange.getResponseBody().write(file, from, Math.min(length, breakOffAfter));
      breakOffAfter = length > breakOffAfter ? Integer.MAX_VALUE : breakOffAfter;
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
