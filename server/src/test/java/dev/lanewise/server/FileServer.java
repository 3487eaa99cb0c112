package dev.lanewise.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;

/** Files over HTTP, whole or from a byte on, by a server that may break off. */
final class FileServer implements AutoCloseable {
  private final HttpServer server;
  private final Map<String, byte[]> files;
  private volatile int requests;
  private volatile String lastRange;
  private volatile int breakOffAfter = Integer.MAX_VALUE;
  private volatile boolean ignoresRanges;

  private FileServer(HttpServer server, Map<String, byte[]> files) {
    this.server = server;
    this.files = files;
  }

  static FileServer of(Map<String, byte[]> files) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    FileServer running = new FileServer(server, files);
    server.createContext("/", running::answer);
    server.start();
    return running;
  }

  String url(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  /** The next answer ends after so many bytes. */
  void breakOffAfter(int bytes) {
    breakOffAfter = bytes;
  }

  /** From now on, all of a file is sent whatever is asked for. */
  void ignoreRanges() {
    ignoresRanges = true;
  }

  int requests() {
    return requests;
  }

  /** The header Range of the last request, or null. */
  String lastRange() {
    return lastRange;
  }

  private synchronized void answer(HttpExchange exchange) throws IOException {
    requests++;
    lastRange = exchange.getRequestHeaders().getFirst("Range");
    byte[] file = files.get(exchange.getRequestURI().getPath());
    try (exchange) {
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
      breakOffAfter = Integer.MAX_VALUE;
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
