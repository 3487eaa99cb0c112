package dev.lanewise.server.cli;

import static dev.lanewise.server.cli.Ran.assertOneLine;
import static dev.lanewise.server.cli.Ran.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Commands, their options from all sources, and what they say when something is wrong. */
final class CommandLineTest {
  private static final Path MODEL =
      Path.of(System.getProperty("lanewise.models"), "SmolLM2-135M-Instruct.Q4_1.gguf");

  private static final Path TINY = MODEL.resolveSibling("tiny/llama/model.gguf");

  @TempDir private Path folder;

  private static int portOf(Map<String, String> environment, String... arguments) {
    CommandLine commandLine = Lanewise.commandLine(environment);
    CommandLine.ParseResult result = commandLine.parseArgs(arguments);
    return result.subcommand().matchedOptionValue("port", 0) != 0
        ? result.subcommand().matchedOptionValue("port", 0)
        : (Integer) result.subcommand().commandSpec().findOption("--port").getValue();
  }

  @Test
  void theCommandLineWinsOverTheEnvironmentAndThatOverTheFile() throws IOException {
    Path file =
        Files.writeString(folder.resolve("lanewise.yaml"), "port: 1001\nalias: from-file\n");
    Map<String, String> named = Map.of("LANEWISE_CONFIG", file.toString());
    Map<String, String> both = Map.of("LANEWISE_CONFIG", file.toString(), "LANEWISE_PORT", "1002");
    assertEquals(8080, portOf(Map.of(), "serve"));
    assertEquals(1001, portOf(named, "serve"));
    assertEquals(1001, portOf(Map.of(), "serve", "--config", file.toString()));
    assertEquals(1002, portOf(both, "serve"));
    assertEquals(1003, portOf(both, "serve", "--port", "1003"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"serve --port 0", "run Hi", "chat"})
  void thresholdsThatDoNotExistOrAreDamagedAreRefused(String command) throws IOException {
    List<String> arguments = new ArrayList<>(Arrays.asList(command.split(" ")));
    arguments.addAll(List.of("--no-pack-cache", "-m", TINY.toString(), "--sparsity"));
    arguments.add(folder + "/none.json@0.3");
    assertOneLine(2, "no such file", run(Map.of(), arguments.toArray(String[]::new)));
    Path file = Files.writeString(folder.resolve("other.json"), "{\"version\":1,\"model\":{}}");
    arguments.set(arguments.size() - 1, file + "@0.3");
    assertOneLine(1, "other.json: model.", run(Map.of(), arguments.toArray(String[]::new)));
  }

  @Test
  void aWrongKeyOrValueIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("a.yaml"), "prot: 1\n");
    assertOneLine(
        2,
        "unknown key 'prot'; did you mean 'port'?",
        run(Map.of(), "serve", "--config", file.toString()));
    Files.writeString(file, "port: many\n");
    assertOneLine(2, "'many'", run(Map.of(), "serve", "--config", file.toString()));
    Files.writeString(file, "port: [1\n");
    assertOneLine(2, "a.yaml: line", run(Map.of(), "serve", "--config", file.toString()));
    assertOneLine(2, "no such file", run(Map.of(), "serve", "--config", folder + "/none.yaml"));
    assertOneLine(2, "LANEWISE_PORT", run(Map.of("LANEWISE_PORT", "x"), "serve"));
    assertOneLine(2, "--prot", run(Map.of(), "serve", "--prot", "1"));
    assertOneLine(2, "--threads must be at least 1", run(Map.of(), "bench", "-t", "2,0"));
    assertOneLine(2, "--depth must be at least 0", run(Map.of(), "bench", "-d", "0,-1"));
    assertOneLine(2, "--parallel must be at least 1", run(Map.of(), "bench", "--parallel", "0"));
    assertOneLine(2, "'csv'", run(Map.of(), "bench", "-o", "csv"));
  }

  @Test
  void everyCommandHasHelp() {
    for (String command :
        Arrays.asList(
            "serve",
            "batch",
            "run",
            "chat",
            "pull",
            "inspect",
            "render",
            "bench",
            "calibrate",
            "load",
            "perplexity",
            "quality",
            "quantize",
            "synth")) {
      Ran ran = run(Map.of(), command, "--help");
      assertEquals(0, ran.code());
      assertTrue(ran.out().startsWith("Usage: lanewise " + command), ran.out());
    }
    assertTrue(run(Map.of(), "--help").out().contains("LANEWISE_PORT"));
    assertTrue(run(Map.of(), "--version").out().startsWith("lanewise 0.1.0"));
    assertOneLine(2, "Which command?", run(Map.of()));
  }

  @Test
  void inspectShowsMetadataAndTensors() {
    Ran ran = run(Map.of(), "inspect", MODEL.toString());
    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.out().contains("general.architecture"));
    assertTrue(ran.out().contains("blk.29.ffn_down.weight"));
    assertTrue(ran.out().contains("total      134,515,008 weights"), ran.out());
  }

  @Test
  void aFolderOfSafetensorsIsAModel() {
    String folderName = TINY.getParent().toString();
    Ran ran = run(Map.of(), "inspect", folderName);
    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.out().contains("safetensors, 1 file"), ran.out());
    assertTrue(ran.out().contains("blk.3.ffn_down.weight"), ran.out());
    Path withoutTokenizer = TINY.getParent().resolveSibling("qwen2");
    assertOneLine(
        1, "needs a tokenizer.json", run(Map.of(), "run", "x", "-m", withoutTokenizer.toString()));
    assertOneLine(
        1,
        "neither model.safetensors nor",
        run(Map.of(), "serve", "--port", "0", "-m", folder.toString()));
  }

  @Test
  void anEncoderDoesNotTalk() {
    Path encoder = TINY.getParent().resolveSibling("bert/model.gguf");
    for (String command : List.of("chat", "run Hi")) {
      List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
      arguments.addAll(List.of("--no-pack-cache", "-m", encoder.toString()));
      Ran ran = run(Map.of(), arguments.toArray(String[]::new));
      assertOneLine(1, "is an encoder (bert): it makes embeddings", ran);
      assertEquals("", ran.out());
    }
  }

  @Test
  void packedWeightsAreKeptInTheFolderNamed() throws IOException {
    Path text = Files.writeString(folder.resolve("text.txt"), "It was a dark night. ".repeat(40));
    Path kept = folder.resolve("kept");
    List<String> command =
        List.of("perplexity", "--text", text.toString(), "-m", TINY.toString(), "--window", "64");
    List<String> naming = new ArrayList<>(command);
    naming.addAll(List.of("--pack-cache", kept.toString()));
    Map<String, String> inEnvironment = Map.of("LANEWISE_NO_PACK_CACHE", "true");
    Ran silent = run(inEnvironment, command.toArray(String[]::new));
    assertEquals(0, silent.code());
    assertFalse(silent.err().contains("packed weights"), silent.err());
    assertEquals(0, run(inEnvironment, naming.toArray(String[]::new)).code());
    try (Stream<Path> files = Files.list(kept)) {
      assertEquals(1, files.count());
    }
  }

  @Test
  void calibrateWritesThresholdsForAModel() throws IOException {
    Path model = Files.copy(TINY, folder.resolve("tiny.gguf"));
    Path text = Files.writeString(folder.resolve("text.txt"), "It was a dark night. ".repeat(40));
    List<String> command =
        List.of("calibrate", "--text", text.toString(), "-m", model.toString(), "--window", "64");
    for (String method : List.of("cats", "chess", "teal", "ffn-skip")) {
      List<String> arguments = new ArrayList<>(command);
      arguments.addAll(List.of("--method", method, "--sparsity", "0.12"));
      Ran ran = run(Map.of(), arguments.toArray(String[]::new));
      assertEquals(0, ran.code(), ran.err());
      assertTrue(ran.out().contains("| 0.10 | "), ran.out());
      assertTrue(ran.out().contains("Perplexity of "), ran.out());
      JsonNode json =
          new ObjectMapper().readTree(folder.resolve("tiny." + method + ".json").toFile());
      assertEquals(method, json.path("method").asText());
      assertEquals("tiny.gguf", json.path("model").path("file").asText());
      assertEquals(64, json.path("model").path("sha256").asText().length());
      assertEquals("as-is", json.path("model").path("weights").asText());
      assertEquals(0.12, json.path("target").asDouble());
      assertEquals(3, json.path("levels").size());
      JsonNode level = json.path("levels").path(0);
      assertEquals(method.equals("ffn-skip") ? 0 : 4, level.path("layers").size());
      assertEquals(method.equals("ffn-skip"), level.path("skipping").has("threshold"));
    }
    assertOneLine(
        2, "either --method or --importance", run(Map.of(), command.toArray(String[]::new)));
    List<String> more = new ArrayList<>(command);
    more.addAll(List.of("--method", "ffn-skip"));
    assertOneLine(1, "at most 0.250 of", run(Map.of(), more.toArray(String[]::new)));
    List<String> elsewhere = new ArrayList<>(command);
    elsewhere.addAll(List.of("--method", "cats", "--out", folder + "/none/file.json"));
    assertOneLine(1, "--out " + folder, run(Map.of(), elsewhere.toArray(String[]::new)));
    List<String> all = new ArrayList<>(command);
    all.addAll(List.of("--method", "cats", "--sparsity", "1"));
    assertOneLine(1, "a sparsity of 1.0; it may be", run(Map.of(), all.toArray(String[]::new)));
  }

  @Test
  void calibrateWritesEitherThresholdsOrImportance() throws IOException {
    Path model = Files.copy(TINY, folder.resolve("tiny.gguf"));
    Path text = Files.writeString(folder.resolve("text.txt"), "It was a dark night. ".repeat(40));
    List<String> command =
        new ArrayList<>(
            List.of(
                "calibrate",
                "--importance",
                "--text=" + text,
                "--model=" + model,
                "--tokens=130",
                "--window=64"));
    Ran ran = run(Map.of(), command.toArray(String[]::new));
    assertEquals(0, ran.code(), ran.err());
    assertEquals(
        folder.resolve("tiny.importance.gguf") + ": 28 matrices, 2 windows of 64 tokens\n",
        ran.out());
    command.add("--sparsity=0.5");
    assertOneLine(2, "--sparsity is for thresholds", run(Map.of(), command.toArray(String[]::new)));
    command.set(command.size() - 1, "--method=cats");
    assertOneLine(
        2, "either --method or --importance", run(Map.of(), command.toArray(String[]::new)));
    command.set(command.size() - 1, "--out=" + folder + "/none/file.gguf");
    assertOneLine(1, "--out " + folder, run(Map.of(), command.toArray(String[]::new)));
    command.set(command.indexOf("--tokens=130"), "--tokens=-1");
    assertOneLine(2, "--tokens must be at least 1", run(Map.of(), command.toArray(String[]::new)));
  }

  @Test
  void perplexityScoresATextWithAModel() throws IOException {
    String tiny = MODEL.resolveSibling("tiny/llama/model.gguf").toString();
    Path text = Files.writeString(folder.resolve("text.txt"), "It was a dark night. ".repeat(40));
    Ran table =
        run(Map.of(), "perplexity", "--text", text.toString(), "-m", tiny, "--window", "64");
    assertEquals(0, table.code(), table.err());
    assertTrue(table.out().contains("| model.gguf | "), table.out());
    assertTrue(table.err().contains("scoring "), table.err());
    Ran json =
        run(
            Map.of(),
            "perplexity",
            "--text",
            text.toString(),
            "-m",
            tiny,
            "--window",
            "64",
            "-o",
            "json");
    JsonNode result = new ObjectMapper().readTree(json.out());
    assertEquals(31 * result.get("windows").asInt(), result.get("tokens").asInt());
    assertEquals("as-is", result.get("weights").asText());
    assertEquals(
        Math.exp(result.get("mean_nll").asDouble()), result.get("perplexity").asDouble(), 1e-9);
  }

  @Test
  void weightsAreConvertedToTheFormatThatIsNamed() throws IOException {
    String tiny = MODEL.resolveSibling("tiny/llama/model.gguf").toString();
    Path text = Files.writeString(folder.resolve("text.txt"), "It was a dark night. ".repeat(40));
    String[] command = {
      "perplexity",
      "-m",
      tiny,
      "--text",
      text.toString(),
      "--window",
      "64",
      "-o",
      "json",
      "--weights",
      ""
    };
    Map<String, String> names = Map.of("INT8", "Q8_0", "mxfp4", "MXFP4", "bf16", "BF16");
    names.forEach(
        (name, format) -> {
          command[10] = name;
          Ran ran = run(Map.of(), command);
          assertEquals(0, ran.code(), ran.err());
          assertTrue(ran.out().contains("\"weights\":\"" + format + "\""), ran.out());
        });
    command[10] = "nvfp4";
    assertOneLine(1, "blk.0.ffn_down.weight", run(Map.of(), command));
    command[10] = "q2_k";
    assertOneLine(
        2, "'q2_k' is no format of weights; there are as-is, int8,", run(Map.of(), command));
    assertOneLine(2, "LANEWISE_WEIGHTS", run(Map.of("LANEWISE_WEIGHTS", "q9"), "bench"));
  }

  @Test
  void perplexityRefusesTextItCannotScore() throws IOException {
    String tiny = MODEL.resolveSibling("tiny/llama/model.gguf").toString();
    Path text = Files.writeString(folder.resolve("text.txt"), "too short");
    String[] command = {"perplexity", "-m", tiny, "--text", text.toString(), "--window", "100"};
    assertOneLine(1, "fills no window of 100", run(Map.of(), command));
    Files.write(text, new byte[] {'a', (byte) 0xff, 'b'});
    assertOneLine(1, "not in UTF-8", run(Map.of(), command));
    Files.delete(text);
    assertOneLine(1, "text.txt: no such file", run(Map.of(), command));
    command[6] = "0";
    Files.writeString(text, "long enough for that");
    assertOneLine(1, "a window of 0 tokens", run(Map.of(), command));
    assertOneLine(2, "--text", run(Map.of(), "perplexity", "-m", tiny));
  }

  @ParameterizedTest
  @ValueSource(strings = {"serve", "run", "chat", "render"})
  void aChatTemplateThatDoesNotWorkEndsInOneLine(String command) throws IOException {
    Path file = folder.resolve("own.jinja");
    List<String> words = new ArrayList<>(List.of(command, "--chat-template", file.toString()));
    words.addAll(List.of("--model", TINY.toString()));
    if (command.equals("run")) {
      words.add("hello");
    }
    String[] arguments = words.toArray(String[]::new);
    Files.writeString(file, "{% for message in messages %}\n{{ message.content | shout }}");
    assertOneLine(
        1, "own.jinja: line 2, column 22: No filter named 'shout'.", run(Map.of(), arguments));
    Files.write(file, new byte[] {'a', (byte) 0xff, 'b'});
    assertOneLine(1, "own.jinja: not in UTF-8", run(Map.of(), arguments));
    Files.delete(file);
    assertOneLine(1, "own.jinja: no such file", run(Map.of(), arguments));
  }

  @Test
  void badModelFilesEndInOneLine() throws IOException {
    byte[] bytes = Files.readAllBytes(TINY);
    Path file = folder.resolve("bad.gguf");
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
    assertOneLine(1, "truncated", run(Map.of(), "run", "x", "--model", file.toString()));
    assertOneLine(1, "truncated", run(Map.of(), "inspect", file.toString()));
    Files.writeString(file, "hello, this is text");
    assertOneLine(
        1, "not a GGUF file", run(Map.of(), "serve", "--port", "0", "--model", file.toString()));
    assertOneLine(1, "no such file", run(Map.of(), "run", "x", "--model", folder + "/none.gguf"));
  }

  @Test
  void aPortThatIsTakenIsNamed() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      assertOneLine(
          1, "cannot listen", run(Map.of(), "serve", "--port", port, "--model", MODEL.toString()));
    }
  }

  @Test
  void howRequestsShareIsCheckedBeforeLoading() {
    assertOneLine(1, "parallel: 0", run(Map.of(), "serve", "--parallel", "0"));
    assertOneLine(1, "prefill-share: 1.0", run(Map.of(), "serve", "--prefill-share", "1"));
    assertOneLine(1, "--timeout", run(Map.of(), "serve", "--timeout", "-1"));
    assertOneLine(2, "'lots' is not a size", run(Map.of(), "serve", "--kv-memory", "lots"));
    assertOneLine(
        1,
        "a context of 8192 tokens takes",
        run(Map.of(), "serve", "--port", "0", "--kv-memory", "10M", "--model", MODEL.toString()));
  }

  @Test
  void theDoorIsCheckedBeforeLoading() throws IOException {
    Path keys = Files.writeString(folder.resolve("keys"), "# none\n");
    Path text = Files.writeString(folder.resolve("text"), "no certificate");
    assertOneLine(1, "no API key in it", run(Map.of(), serve("--api-key-file", keys.toString())));
    assertOneLine(
        1, "no API key in it", run(Map.of("LANEWISE_API_KEY_FILE", keys.toString()), serve()));
    assertOneLine(
        1, "none: no such file", run(Map.of(), serve("--api-key-file", folder + "/none")));
    assertOneLine(1, "--tls-cert and --tls-key", run(Map.of(), serve("--tls-cert", "x")));
    assertOneLine(1, "--tls-cert and --tls-key", run(Map.of(), serve("--tls-key", "x")));
    assertOneLine(
        1,
        "no X.509 certificate",
        run(Map.of(), serve("--tls-cert", text.toString(), "--tls-key", text.toString())));
    assertOneLine(1, "'b' is no origin", run(Map.of(), serve("--cors-origin", "https://a.org,b")));
    assertOneLine(1, "--metrics-port", run(Map.of(), serve("--metrics-port", "70000")));
    assertOneLine(1, "more than the 160", run(Map.of(), serve("--max-connections", "160")));
    assertOneLine(1, "--client-timeout", run(Map.of(), serve("--client-timeout", "0")));
  }

  /** A model that cannot be loaded ends the server after it has begun to listen. */
  private String[] serve(String... options) throws IOException {
    Path noModel = Files.writeString(folder.resolve("no.gguf"), "hello, this is text");
    List<String> command =
        new ArrayList<>(List.of("serve", "--port", "0", "--model", noModel.toString()));
    command.addAll(List.of(options));
    return command.toArray(String[]::new);
  }

  @Test
  void aServerThatIsOpenToAllSaysSo() throws IOException {
    String warning = "without --api-key-file";
    Path keys = Files.writeString(folder.resolve("keys"), "secret\n");
    Ran open = run(Map.of(), serve("--host", "0.0.0.0"));
    assertTrue(open.err().contains(warning), open.err());
    assertOneLine(1, "not a GGUF file", open);
    String[] keyed = serve("--host", "0.0.0.0", "--api-key-file", keys.toString());
    assertFalse(run(Map.of(), keyed).err().contains(warning));
    assertFalse(run(Map.of(), serve("--host", "localhost")).err().contains(warning));
  }

  @Test
  void aContextBeyondTheModelsIsRefused() {
    assertOneLine(
        1, "at most 8192", run(Map.of(), "run", "x", "-c", "9000", "--model", MODEL.toString()));
  }

  @Test
  void synthWritesAModelThatRuns() throws IOException {
    Path file = folder.resolve("tiny.gguf");
    Ran wrote = run(Map.of(), "synth", "--shape", "tiny", "--weights", "q4_k_m", file.toString());
    assertEquals(0, wrote.code(), wrote.err());
    assertTrue(wrote.out().contains("tiny.gguf: 551,616 bytes"), wrote.out());
    Ran ran = run(Map.of(), "run", "hello", "-n", "3", "--model", file.toString());
    assertEquals(0, ran.code(), ran.err());
    Ran again = run(Map.of(), "synth", "--shape", "tiny", "--weights", "f16", file.toString());
    assertOneLine(1, "it exists", again);
    assertEquals(551_616, Files.size(file));
  }

  @Test
  void synthNamesWhatItDoesNotKnow() {
    assertOneLine(
        2, "llama-3.2-1b", run(Map.of(), "synth", "--shape", "gpt-5", "--weights", "q4_0"));
    assertOneLine(2, "q9_9", run(Map.of(), "synth", "--shape", "tiny", "--weights", "q9_9"));
    assertOneLine(2, "--weights", run(Map.of(), "synth", "--shape", "tiny"));
    assertOneLine(
        1,
        "no such file or folder",
        run(Map.of(), "synth", "--shape", "tiny", "--weights", "f16", folder + "/none/x.gguf"));
    assertOneLine(
        1,
        "blocks of 256",
        run(Map.of(), "synth", "--shape", "smollm2-135m", "--weights", "q4_k", folder + "/x.gguf"));
  }
}
