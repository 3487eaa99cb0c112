package dev.lanewise.server.metrics;

import dev.lanewise.engine.EngineListener;
import dev.lanewise.engine.EngineLoad;
import dev.lanewise.engine.Timings;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.instrumentation.jvm.JvmGarbageCollectorMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmMemoryMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmThreadsMetrics;
import io.prometheus.metrics.instrumentation.jvm.ProcessMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** The meters of one server; docs/metrics.md explains each. */
public final class ServerMetrics implements AutoCloseable {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private volatile String model = "";
  private volatile Optional<ModelMetrics> ofModel = Optional.empty();

  /** Meters of the process; those of a model come with it. */
  public ServerMetrics() {
    PrometheusRegistry process = registry.getPrometheusRegistry();
    ProcessMetrics.builder().register(process);
    JvmMemoryMetrics.builder().register(process);
    JvmGarbageCollectorMetrics.builder().register(process);
    JvmThreadsMetrics.builder().register(process);
  }

  /**
   * Adds the meters of the model that is served.
   *
   * @param load what its engine has to do at the moment
   * @return what the engine has to tell
   */
  public EngineListener modelLoaded(String name, Duration took, Supplier<EngineLoad> load) {
    double seconds = took.toMillis() / 1000.0;
    Gauge.builder("lanewise.model.load.time", () -> seconds)
        .description("What loading and warming up the model took")
        .baseUnit("seconds")
        .tag("model", name)
        .register(registry);
    ModelMetrics metrics = new ModelMetrics(registry, name, load);
    model = name;
    ofModel = Optional.of(metrics);
    return metrics;
  }

  /**
   * Counts a request that ended; {@code outcome} is a finish reason, or the HTTP status of an
   * error.
   */
  public void request(String endpoint, String outcome, Duration duration) {
    Timer.builder("lanewise.request.duration")
        .description(
            "Requests by endpoint and outcome: stop, length, cancelled, or the status of an error")
        .tag("model", model)
        .tag("endpoint", endpoint)
        .tag("outcome", outcome)
        .serviceLevelObjectives(ModelMetrics.WAIT_BUCKETS)
        .register(registry)
        .record(duration);
  }

  /** Counts the tokens of a generation that ended with a result. */
  public void generation(Timings timings) {
    ofModel.ifPresent(metrics -> metrics.generation(timings));
  }

  /** All meters in the Prometheus text format. */
  public String scrape() {
    return registry.scrape();
  }

  @Override
  public void close() {
    registry.close();
  }
}
