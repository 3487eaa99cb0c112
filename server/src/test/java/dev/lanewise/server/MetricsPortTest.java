package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Metrics on a port of their own. No model is needed to see where they are. */
final class MetricsPortTest {
  @TempDir private Path folder;

  private static int status(int port, String path) throws IOException {
    return RawClient.ask(port, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n".formatted(path)).status();
  }

  @Test
  void metricsMoveThereAndHealthIsOnBoth() throws Exception {
    Path keys = Files.writeString(folder.resolve("keys"), "secret\n");
    Security security = new Security(Optional.of(keys), Optional.empty(), List.of());
    try (LanewiseServer server =
        LanewiseServer.start(
            RunningServer.options(
                OptionalInt.of(0), security, ServerOptions.defaults().connections()))) {
      int metrics = server.metricsPort().orElseThrow();
      assertEquals(200, status(metrics, "/metrics"));
      assertEquals(404, status(server.port(), "/metrics"));
      for (int port : List.of(server.port(), metrics)) {
        assertEquals(200, status(port, "/health/live"));
        assertEquals(503, status(port, "/health/ready"));
      }
      assertEquals(404, status(metrics, "/v1/models"));
      assertEquals(401, status(server.port(), "/v1/models"));
    }
  }

  @Test
  void withoutOneTheyAreOnTheOnlyPort() throws Exception {
    try (LanewiseServer server = LanewiseServer.start(ServerOptions.defaults().withPort(0))) {
      assertTrue(server.metricsPort().isEmpty());
      assertEquals(200, status(server.port(), "/metrics"));
    }
  }

  @Test
  void addressesAreNotLookedUp() throws Exception {
    InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    assertEquals("127.0.0.1", loopback.getHostName());
    assertTrue(InetAddress.getByName("localhost").isLoopbackAddress());
  }
}
