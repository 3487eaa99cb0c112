package dev.lanewise.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The input and the output of a batch with the tiny model. */
record BatchFiles(Path in, Path out) {
  static final Path TINY = Path.of(System.getProperty("lanewise.models"), "tiny/llama/model.gguf");
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Files in a folder, of which none exists. */
  static BatchFiles in(Path folder) {
    return new BatchFiles(folder.resolve("in.jsonl"), folder.resolve("out.jsonl"));
  }

  /** The name of a request by its number. */
  static String id(int i) {
    return "request-" + i;
  }

  /** The names of some requests, in order. */
  static List<String> ids(int requests) {
    return IntStream.range(0, requests).mapToObj(BatchFiles::id).sorted().toList();
  }

  /** A line of the input. */
  static String line(String id, String url, JsonNode body) {
    ObjectNode line =
        JsonNodeFactory.instance
            .objectNode()
            .put("custom_id", id)
            .put("method", "POST")
            .put("url", url);
    line.set("body", body);
    return line.toString();
  }

  /** Writes an input of requests that all generate so many tokens. */
  BatchFiles withPrompts(int requests, int tokens) throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < requests; i++) {
      JsonNode body =
          JsonNodeFactory.instance
              .objectNode()
              .put("model", "model")
              .put("prompt", "Number " + i)
              .put("max_tokens", tokens)
              .put("ignore_eos", true);
      lines.add(line(id(i), "/v1/completions", body));
    }
    return withLines(lines);
  }

  /** Writes an input. */
  BatchFiles withLines(List<String> lines) throws IOException {
    Files.write(in, lines);
    return this;
  }

  /** The arguments that answer it. */
  String[] command(String... options) {
    return command(TINY, options);
  }

  /** The arguments that answer it with a model. */
  String[] command(Path model, String... options) {
    List<String> command =
        new ArrayList<>(
            List.of("batch", in.toString(), out.toString(), "--model=" + model, "--no-pack-cache"));
    command.addAll(List.of(options));
    return command.toArray(String[]::new);
  }

  /** The lines of the output, each of which has to be JSON. */
  List<JsonNode> answers() throws IOException {
    List<JsonNode> answers = new ArrayList<>();
    for (String line : Files.readAllLines(out)) {
      answers.add(JSON.readTree(line));
    }
    return answers;
  }

  /** What the lines of the output are answers to, in the order of names. */
  List<String> answeredIds() throws IOException {
    return answers().stream().map(line -> line.get("custom_id").asText()).sorted().toList();
  }
}
