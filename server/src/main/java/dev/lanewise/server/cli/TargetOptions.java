package dev.lanewise.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.bench.load.Target;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Whom {@code lanewise load} asks, and how. */
final class TargetOptions {
  /** What is asked. */
  enum Endpoint {
    COMPLETIONS,
    CHAT
  }

  @Parameters(
      paramLabel = "URL",
      description = "The server: http://127.0.0.1:8080, with or without /v1.")
  private URI url;

  @Option(
      names = "--endpoint",
      paramLabel = "NAME",
      defaultValue = "COMPLETIONS",
      description =
          "completions: /v1/completions, prompts without a template; chat: /v1/chat/completions."
              + " Default: completions.")
  private Endpoint endpoint;

  @Option(
      names = "--no-stream",
      description = "Asks for whole answers; only their end can be timed.")
  private boolean noStream;

  @Option(
      names = "--model-name",
      paramLabel = "NAME",
      description = "The model to ask for. Default: the first one that the server names.")
  private String modelName;

  @Option(
      names = "--api-key",
      paramLabel = "KEY",
      description = "Key of the server, sent as a bearer token.")
  private String apiKey;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      defaultValue = "1",
      description = "Temperature of sampling. Default: ${DEFAULT-VALUE}.")
  private double temperature;

  @Option(
      names = "--field",
      paramLabel = "NAME=JSON",
      converter = ExtraField.Converter.class,
      description = "Another field of the requests: --field ignore_eos=true. Repeatable.")
  private List<ExtraField> fields = List.of();

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** The server that the options describe. */
  Target target() {
    if (url.getHost() == null || !List.of("http", "https").contains(url.getScheme())) {
      throw new ParameterException(
          spec.commandLine(),
          "'%s' is no URL of a server, like http://127.0.0.1:8080".formatted(url));
    }
    Map<String, JsonNode> added = new LinkedHashMap<>();
    fields.forEach(field -> added.put(field.name(), field.value()));
    return new Target(
        url, Optional.ofNullable(apiKey), endpoint == Endpoint.CHAT, !noStream, temperature, added);
  }

  /** The name of the model to ask for. */
  String model(Target target, HttpClient http) throws IOException, InterruptedException {
    return modelName == null ? target.firstModel(http) : modelName;
  }
}
