package dev.lanewise.bench.load;

import java.net.http.HttpClient;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleConsumer;

/** Sends what is planned, each request in a virtual thread, and gathers how they ended. */
public final class LoadRun {
  private final LoadPlan plan;
  private final LoadClient client;
  private final boolean stream;
  private final DoubleConsumer progress;
  private final Queue<Outcome> outcomes = new ConcurrentLinkedQueue<>();
  private final AtomicInteger unfinished = new AtomicInteger();
  private final AtomicInteger mainStarted = new AtomicInteger();
  private final AtomicInteger mainEnded = new AtomicInteger();
  private final long start = System.nanoTime();
  private final long deadline;
  private volatile boolean mainIsOver;

  /**
   * A run whose time begins now.
   *
   * @param progress is told from any thread which part of the main traffic is done, 0 to 1
   */
  public LoadRun(
      HttpClient http, Target target, String model, LoadPlan plan, DoubleConsumer progress) {
    this.plan = plan;
    this.progress = progress;
    client = new LoadClient(http, target, model, plan.retry());
    stream = target.stream();
    deadline = start + plan.duration().toNanos();
  }

  /** Sends all requests and waits for their ends. */
  public LoadResult run() throws InterruptedException {
    Queue<Future<?>> main = new ConcurrentLinkedQueue<>();
    Queue<Future<?>> background = new ConcurrentLinkedQueue<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> arrivals =
          plan.background().stream()
              .<Future<?>>map(
                  traffic ->
                      threads.submit(() -> start(traffic, this::mainLasts, threads, background)))
              .toList();
      start(plan.main(), this::mainGoesOn, threads, main);
      await(main);
      mainIsOver = true;
      arrivals.forEach(arriving -> arriving.cancel(true));
      await(background);
    }
    return result();
  }

  /** What was measured until now; from any thread. */
  public LoadResult result() {
    return new LoadResult(plan, List.copyOf(outcomes), start, unfinished.get());
  }

  private boolean inTime() {
    return System.nanoTime() - deadline < 0;
  }

  private boolean mainLasts() {
    return inTime() && !mainIsOver;
  }

  private boolean mainGoesOn() {
    return inTime() && mainStarted.getAndIncrement() < plan.requests();
  }

  /** Starts the requests of some traffic, as long as it goes on, as tasks. */
  private Void start(
      Traffic traffic, BooleanSupplier goesOn, ExecutorService threads, Queue<Future<?>> tasks)
      throws InterruptedException {
    long seed = plan.seed() ^ traffic.name().hashCode();
    RequestPlan requests = new RequestPlan(traffic, stream, seed);
    switch (traffic.arrival()) {
      case Arrival.Concurrency(int clients) -> {
        for (int i = 0; i < clients; i++) {
          tasks.add(
              threads.submit(
                  () -> {
                    while (goesOn.getAsBoolean()) {
                      send(traffic, requests.next());
                    }
                    return null;
                  }));
        }
      }
      case Arrival.Rate(double perSecond) -> {
        Arrivals arrivals = new Arrivals(perSecond, seed + 1);
        sleepUntil(start + arrivals.next());
        while (goesOn.getAsBoolean()) {
          PlannedRequest planned = requests.next();
          tasks.add(threads.submit(() -> send(traffic, planned)));
          sleepUntil(start + arrivals.next());
        }
      }
    }
    return null;
  }

  private void sleepUntil(long time) throws InterruptedException {
    long wait = Math.min(time - System.nanoTime(), deadline - System.nanoTime());
    if (wait > 0) {
      TimeUnit.NANOSECONDS.sleep(wait);
    }
  }

  private Void send(Traffic traffic, PlannedRequest planned) throws InterruptedException {
    unfinished.incrementAndGet();
    Outcome outcome = client.send(planned, traffic.name(), deadline);
    outcomes.add(outcome);
    unfinished.decrementAndGet();
    if (traffic == plan.main()) {
      progress.accept(mainDone(mainEnded.incrementAndGet()));
    }
    return null;
  }

  private double mainDone(int ended) {
    double ofTime = (double) (System.nanoTime() - start) / (deadline - start);
    return Math.min(1, Math.max((double) ended / plan.requests(), ofTime));
  }

  private static void await(Iterable<Future<?>> tasks) throws InterruptedException {
    for (Future<?> task : tasks) {
      try {
        task.get();
      } catch (ExecutionException bug) {
        throw new IllegalStateException("a request ended in no known way", bug.getCause());
      }
    }
  }
}
