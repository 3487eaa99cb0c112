package dev.lanewise.server.batch;

import dev.lanewise.server.http.RequestId;
import dev.lanewise.server.openai.ApiError;
import dev.lanewise.server.openai.OfflineEndpoints;
import dev.lanewise.server.openai.OfflineEndpoints.Answer;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;

/** Answers the lines of an input, many at a time, and writes each answer as it is there. */
public final class BatchRun {
  private final BatchPlan plan;
  private final OutputFile output;
  private final OfflineEndpoints endpoints;
  private final Listener listener;
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  /** Is told of each line that was written; by any thread. */
  public interface Listener {
    /** A line was written. */
    void written(boolean error);
  }

  /** A run of what {@code plan} has left. */
  public BatchRun(
      BatchPlan plan, OutputFile output, OfflineEndpoints endpoints, Listener listener) {
    this.plan = plan;
    this.output = output;
    this.endpoints = endpoints;
    this.listener = listener;
  }

  /**
   * Answers all lines, unless the output is closed before.
   *
   * @param underWay most lines that are being answered at a time
   * @throws IOException if the input cannot be read or the output not be written
   */
  public void run(int underWay) throws IOException, InterruptedException {
    Semaphore places = new Semaphore(underWay);
    int left = plan.left();
    try (LineReader reader = LineReader.of(plan.input(), BatchRequest.LONGEST_LINE);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Optional<LineReader.Line> next = reader.next();
          next.isPresent() && !hasStopped();
          next = reader.next()) {
        LineReader.Line line = next.get();
        if (plan.isPending(line)) {
          places.acquire();
          threads.execute(() -> write(line, places));
          left--;
        }
      }
      for (int i = 0; i < underWay && !hasStopped(); i++) {
        places.acquire(); // the last ones come to their end
      }
      if (hasStopped()) {
        threads.shutdownNow();
      }
    }
    rethrow(failure.get());
    if (left > 0 && !output.isClosed()) {
      throw new IOException(plan.input() + ": changed while it was read; start again");
    }
  }

  private boolean hasStopped() {
    return failure.get() != null || output.isClosed();
  }

  private void write(LineReader.Line line, Semaphore places) {
    try {
      output.append(answer(line), listener);
    } catch (InterruptedException _) {
      // The run has stopped, perhaps before the line that was the reason could tell it: this one
      // is for the next run.
    } catch (Throwable thrown) { // no line may be lost in silence
      failure.compareAndSet(null, thrown);
    } finally {
      places.release();
    }
  }

  private OutputLine answer(LineReader.Line line) throws InterruptedException {
    try {
      BatchRequest request = BatchRequest.read(line);
      if (plan.isRepeated(line)) {
        throw InvalidLine.repeated(request.customId());
      }
      String id = RequestId.create();
      return OutputLine.of(request.customId(), id, answer(id, request));
    } catch (InvalidLine invalid) {
      return OutputLine.of(invalid, line.number());
    }
  }

  private Answer answer(String id, BatchRequest request) throws InterruptedException {
    try {
      request.check();
    } catch (ApiError wrong) {
      return Answer.of(wrong);
    }
    return endpoints.answer(id, request.method(), request.url(), request.body());
  }

  private static void rethrow(Throwable failure) throws IOException {
    switch (failure) {
      case null -> {}
      case IOException file -> throw file;
      default -> throw new IllegalStateException("a line was not answered: " + failure, failure);
    }
  }
}
