package dev.lanewise.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class LoadRunTest {
  @TempDir private Path folder;

  private static Traffic traffic(String name, Arrival arrival) {
    return new Traffic(name, arrival, Lengths.parse("5"), Lengths.parse("4"), 0, 0);
  }

  private static LoadResult run(ScriptedServer server, LoadPlan plan) throws InterruptedException {
    return new LoadRun(server.http(), server.target(true), "m", plan, done -> {}).run();
  }

  @Test
  void everyRequestEndsInExactlyOneWay() throws Exception {
    AtomicInteger requests = new AtomicInteger();
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    try (ScriptedServer server =
        new ScriptedServer(
            exchange -> {
              most.accumulateAndGet(running.incrementAndGet(), Math::max);
              int number = requests.getAndIncrement();
              if (number % 4 == 0) {
                running.decrementAndGet();
                ScriptedServer.answer(exchange, 429, "{}");
                return;
              }
              try (OutputStream out = ScriptedServer.stream(exchange)) {
                ScriptedServer.events(out, ScriptedServer.TEXT, ScriptedServer.TEXT);
                running.decrementAndGet();
                ScriptedServer.events(out, number % 4 == 1 ? "" : ScriptedServer.USAGE);
                ScriptedServer.events(out, number % 4 == 2 ? "" : ScriptedServer.DONE);
              }
            })) {
      LoadPlan plan =
          new LoadPlan(
              traffic("main", new Arrival.Concurrency(3)),
              Optional.empty(),
              40,
              Duration.ofMinutes(1),
              1,
              false);
      LoadResult result = run(server, plan);
      TrafficFigures figures = result.figures().getFirst();
      assertEquals(40, requests.get());
      assertTrue(most.get() <= 3, "at most three at a time");
      assertEquals(40, figures.requests());
      assertEquals(20, figures.ok());
      assertEquals(10, figures.rejected());
      assertEquals(10, figures.errors());
      assertEquals(Map.of("200", 30, "429", 10), figures.statuses());
      assertEquals(Map.of("none", 20), figures.finishReasons());
      assertEquals(
          Map.of("EOFException: the stream ended without [DONE]", 10), figures.errorMessages());
      assertEquals(10, figures.withoutUsage());
      assertEquals(10 * 11 + 10 * 5, figures.promptTokens());
      assertEquals(10 * 2 + 20 * 4, figures.outputTokens());
      assertEquals(30, figures.firstToken().orElseThrow().count());
      assertEquals(30, figures.betweenTokens().orElseThrow().count());
      assertEquals(20, figures.endToEnd().orElseThrow().count());
      assertEquals(0, result.unfinished());
    }
  }

  @Test
  void arrivalsGoOnWhileAnswersAreSlowAndEndWithTheTime() throws Exception {
    try (ScriptedServer server =
        new ScriptedServer(
            exchange -> {
              try (OutputStream out = ScriptedServer.stream(exchange)) {
                Thread.sleep(700);
                ScriptedServer.events(out, ScriptedServer.TEXT, ScriptedServer.DONE);
              } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
              }
            })) {
      LoadPlan plan =
          new LoadPlan(
              traffic("main", new Arrival.Rate(40)),
              Optional.of(traffic("background", new Arrival.Rate(20))),
              Integer.MAX_VALUE,
              Duration.ofSeconds(1),
              1,
              false);
      LoadResult result = run(server, plan);
      TrafficFigures main = result.figures().getFirst();
      TrafficFigures background = result.figures().getLast();
      assertTrue(main.ok() > 15, "answers take most of the time, and requests did not wait");
      assertEquals(main.requests(), main.ok());
      assertEquals("background", background.name());
      assertTrue(background.ok() > 5);
      assertEquals(background.requests(), background.ok());
    }
  }

  @Test
  void backgroundOfClientsLastsAsLongAsTheMainTraffic() throws Exception {
    try (ScriptedServer server =
        new ScriptedServer(
            exchange -> {
              try (OutputStream out = ScriptedServer.stream(exchange)) {
                ScriptedServer.events(out, ScriptedServer.TEXT, ScriptedServer.DONE);
              }
            })) {
      LoadPlan plan =
          new LoadPlan(
              traffic("main", new Arrival.Concurrency(1)),
              Optional.of(traffic("background", new Arrival.Concurrency(2))),
              40,
              Duration.ofDays(1),
              1,
              false);
      LoadResult result = run(server, plan);
      assertEquals(40, result.figures().getFirst().ok());
      TrafficFigures background = result.figures().getLast();
      assertTrue(background.ok() >= 2, "each client sends one after the other");
      assertEquals(background.requests(), background.ok());
    }
  }

  @Test
  void aRunWithoutAnyAnswerHasAChartToo() throws Exception {
    LoadPlan plan =
        new LoadPlan(
            traffic("main", new Arrival.Concurrency(1)),
            Optional.empty(),
            1,
            Duration.ofSeconds(1),
            1,
            false);
    Path file = folder.resolve("empty.png");
    new LoadChart(new LoadResult(plan, List.of(), 0, 0)).write(file);
    assertTrue(ImageIO.read(file.toFile()).getWidth() > 100);
  }
}
