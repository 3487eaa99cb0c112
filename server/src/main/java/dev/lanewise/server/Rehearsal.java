package dev.lanewise.server;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.engine.Engine;
import dev.lanewise.engine.EngineListener;
import dev.lanewise.server.metrics.ServerMetrics;
import dev.lanewise.server.openai.ClientWatch;
import dev.lanewise.server.openai.GenerationEndpoint;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http1.Http1Config;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/**
 * Sends made-up requests through a server of its own, on a free port of the loopback address, so
 * that the JVM has loaded and partly compiled what the first real request goes through. Metrics and
 * log know nothing of them.
 */
public final class Rehearsal {
  private static final int REQUESTS = 20;
  private static final long MOST_NANOS = 2_000_000_000L;
  private static final int TOKENS = 4;
  private static final String MODEL = "rehearsal";
  private static final String PATH = "/rehearsal";
  private static final String TEXT = "What does a server do before it is ready?";

  private Rehearsal() {}

  /**
   * Sends requests, and waits for their answers, for up to 2 seconds; none to a model that does not
   * generate. A failure is no reason not to serve: real requests will show it.
   *
   * @throws InterruptedException if the calling thread is interrupted
   */
  public static void hold(Engine engine) throws InterruptedException {
    if (!engine.config().generates()) {
      return;
    }
    ServedModel model = ServedModel.of(engine, Optional.of(MODEL));
    ServerMetrics metrics = new ServerMetrics();
    engine.listen(metrics.modelLoaded(MODEL, Duration.ZERO, engine::load));
    boolean chat = engine.hasChatTemplate();
    GenerationEndpoint endpoint =
        new GenerationEndpoint(
            chat ? GenerationEndpoint.Kind.CHAT : GenerationEndpoint.Kind.COMPLETION,
            new GenerationEndpoint.Context(model, metrics, ServerOptions.defaults()));
    WebServer web =
        WebServer.builder()
            .host("127.0.0.1")
            .port(0)
            .shutdownHook(false)
            .featuresDiscoverServices(false)
            .shutdownGracePeriod(Duration.ofSeconds(1))
            .addProtocol(Http1Config.builder().addReceiveListener(new ClientWatch()).build())
            .routing(routing -> routing.post(PATH, endpoint))
            .build()
            .start();
    try (HttpClient client = HttpClient.newHttpClient()) {
      URI uri = URI.create("http://127.0.0.1:" + web.port() + PATH);
      long start = System.nanoTime();
      for (int i = 0; i < REQUESTS && System.nanoTime() - start < MOST_NANOS; i++) {
        send(client, uri, chat, i % 2 == 0);
      }
    } catch (IOException failure) {
      System.getLogger("dev.lanewise.server")
          .log(System.Logger.Level.DEBUG, "the rehearsal failed", failure);
    } finally {
      engine.listen(EngineListener.NONE);
      web.stop();
      metrics.close();
    }
  }

  private static void send(HttpClient client, URI uri, boolean chat, boolean stream)
      throws IOException, InterruptedException {
    ObjectNode body =
        JsonNodeFactory.instance
            .objectNode()
            .put("model", MODEL)
            .put("max_tokens", TOKENS)
            .put("stream", stream);
    if (chat) {
      body.putArray("messages").addObject().put("role", "user").put("content", TEXT);
    } else {
      body.put("prompt", TEXT);
    }
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
            .build();
    client.send(request, HttpResponse.BodyHandlers.discarding());
  }
}
