package dev.lanewise.server.cli;

import static dev.lanewise.server.cli.Ran.assertOneLine;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code lanewise batch}: which lines the output has, and when nothing is computed. */
final class BatchCommandTest {
  @TempDir private Path folder;

  private static Ran run(BatchFiles files, String... options) {
    return Ran.run(Map.of(), files.command(options));
  }

  private static void assertDone(Ran ran, String summary) {
    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.err().endsWith("out.jsonl: " + summary + System.lineSeparator()), ran.err());
  }

  @Test
  void everyLineOfTheInputHasOneInTheOutput() throws IOException {
    String body = ",\"method\":\"POST\",\"url\":\"/v1/completions\",\"body\":{\"model\":\"model\",";
    String prompt = "\"prompt\":\"Hi\",\"max_tokens\":2}}";
    BatchFiles files =
        BatchFiles.in(folder)
            .withLines(
                List.of(
                    "{\"custom_id\":\"good\"" + body + prompt,
                    "no JSON",
                    "",
                    "{\"custom_id\":\"streams\"" + body + "\"stream\":true," + prompt,
                    "{\"custom_id\":\"good\"" + body + prompt,
                    " \t\r",
                    "{\"custom_id\":\"wrong\"" + body + "\"temperature\":-1," + prompt,
                    "{\"method\":\"POST\"}",
                    "{\"custom_id\":\"bare\"}",
                    "x".repeat((8 << 20) + 1),
                    "{\"custom_id\":\"elsewhere\",\"method\":\"POST\",\"url\":\"/v1/x\",\"body\":{}}",
                    "{\"custom_id\":\"gets\",\"method\":\"GET\",\"url\":\"/v1/responses\",\"body\":{}}"));
    assertDone(run(files), "10 of 10 lines, 9 of them errors");
    Map<String, String> outcomes = new TreeMap<>();
    for (JsonNode line : files.answers()) {
      assertTrue(line.get("id").asText().matches("batch_req_[0-9a-f]{32}"), line.toString());
      JsonNode error = line.get("error");
      JsonNode response = line.get("response");
      if (line.get("custom_id").isNull()) {
        assertTrue(response.isNull());
        assertFalse(error.get("message").asText().isEmpty());
        outcomes.put("line " + error.get("line"), error.get("code").asText());
      } else {
        assertTrue(error.isNull());
        assertTrue(response.get("request_id").asText().startsWith("req-"));
        String param = response.path("body").path("error").path("param").asText("-");
        outcomes.put(line.get("custom_id").asText(), response.get("status_code") + " " + param);
      }
    }
    assertEquals(
        new TreeMap<>(
            Map.of(
                "good", "200 -",
                "line 2", "invalid_json_line",
                "streams", "400 stream",
                "line 5", "duplicate_custom_id",
                "wrong", "400 temperature",
                "line 8", "invalid_custom_id",
                "bare", "400 method",
                "line 10", "line_too_long",
                "elsewhere", "404 -",
                "gets", "405 -")),
        outcomes);
    byte[] written = Files.readAllBytes(files.out());
    assertDone(run(files), "10 of 10 lines, 9 of them errors");
    assertArrayEquals(written, Files.readAllBytes(files.out()), "nothing is computed again");
  }

  /** Wherever a kill has cut the output, what is whole stays and the rest is made. */
  @Test
  void aTornOutputIsContinued() throws IOException {
    BatchFiles files = BatchFiles.in(folder).withPrompts(12, 3);
    assertDone(run(files), "12 of 12 lines, 0 of them errors");
    byte[] whole = Files.readAllBytes(files.out());
    String text = new String(whole, StandardCharsets.ISO_8859_1); // a character a byte
    int third = text.indexOf("\n", text.indexOf("\n", text.indexOf("\n") + 1) + 1) + 1;
    for (int length : new int[] {0, 7, third - 1, third, third + 40, whole.length - 1}) {
      Files.write(files.out(), Arrays.copyOf(whole, length));
      int kept = text.lastIndexOf("\n", length - 1) + 1;
      assertDone(run(files), "12 of 12 lines, 0 of them errors");
      assertEquals(BatchFiles.ids(12), files.answeredIds(), "cut at " + length);
      assertArrayEquals(
          Arrays.copyOf(whole, kept),
          Arrays.copyOf(Files.readAllBytes(files.out()), kept),
          "cut at " + length);
    }
  }

  @Test
  void linesThatWereAddedOrTakenOutAreAnswered() throws IOException {
    BatchFiles files = BatchFiles.in(folder).withPrompts(4, 2);
    assertDone(run(files), "4 of 4 lines, 0 of them errors");
    List<String> lines = new ArrayList<>(Files.readAllLines(files.out()));
    String first = lines.removeFirst();
    Files.write(files.out(), lines);
    files.withPrompts(6, 2);
    assertDone(run(files), "6 of 6 lines, 0 of them errors");
    assertEquals(BatchFiles.ids(6), files.answeredIds());
    assertFalse(Files.readAllLines(files.out()).contains(first));
  }

  /** Outputs of other inputs, of other shards, and files that are none: all stay as they are. */
  @Test
  void anOutputThatDoesNotBelongToTheInputIsNotTouched() throws IOException {
    BatchFiles files = BatchFiles.in(folder).withPrompts(4, 2);
    assertDone(run(files), "4 of 4 lines, 0 of them errors");
    String done = Files.readString(files.out());
    String torn = "{\"id\":\"batch_req_0";
    files.withPrompts(3, 2);
    assertRefused(files, done + torn, "'request-3', which " + files.in() + " does not have");
    files.withPrompts(4, 2);
    assertRefused(files, done, "does not have in shard 0/2", "--shard=0/2");
    String invalid =
        "{\"id\":\"batch_req_1\",\"custom_id\":null,\"response\":null,\"error\":{\"line\":2}}\n";
    assertRefused(files, invalid, "an error for line 2 of");
    assertRefused(files, invalid + invalid, "out.jsonl: line 2 repeats");
    assertRefused(files, done + done, "out.jsonl: line 5 repeats");
    assertRefused(files, done + "{}\n", "out.jsonl: line 5 is none that 'batch' wrote");
    assertRefused(files, "A text\nof two lines\n", "out.jsonl: line 1 is none");
    assertRefused(files, "A text without a newline", "out.jsonl: line 1 is none");
    assertRefused(files, Files.readString(files.in()), "out.jsonl: line 1 is none");
  }

  private static void assertRefused(
      BatchFiles files, String output, String message, String... options) throws IOException {
    Files.writeString(files.out(), output);
    assertOneLine(1, message, run(files, options));
    assertEquals(output, Files.readString(files.out()));
  }

  @Test
  void shardsTogetherAreAllLines() throws IOException {
    List<String> lines = new ArrayList<>();
    lines.addAll(Files.readAllLines(BatchFiles.in(folder).withPrompts(10, 2).in()));
    lines.add(4, lines.get(2)); // a repeated line, in another shard than the first
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      BatchFiles files =
          new BatchFiles(folder.resolve("in.jsonl"), folder.resolve(i + "-out.jsonl"))
              .withLines(lines);
      int own = i == 2 ? 3 : 4;
      assertDone(
          Ran.run(Map.of("LANEWISE_SHARD", i + "/3"), files.command()),
          "%d of %d lines, %d of them errors".formatted(own, own, i == 1 ? 1 : 0));
      ids.addAll(files.answeredIds());
    }
    List<String> expected = new ArrayList<>(BatchFiles.ids(10));
    expected.add("null");
    assertEquals(expected.stream().sorted().toList(), ids.stream().sorted().toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"8/8", "1", "-1/8", "0/0", "a/b", "1/99999999999"})
  void aShardThatIsNoneIsRefused(String shard) throws IOException {
    BatchFiles files = BatchFiles.in(folder).withPrompts(1, 1);
    assertOneLine(2, "shard", run(files, "--shard=" + shard));
    assertFalse(Files.exists(files.out()));
  }

  @Test
  void oneBatchAtATimeWritesAFile() throws IOException {
    BatchFiles files = BatchFiles.in(folder).withPrompts(1, 1);
    try (FileChannel channel =
        FileChannel.open(files.out(), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.lock();
      assertOneLine(1, "out.jsonl: another batch writes to it", run(files));
    }
    assertDone(run(files), "1 of 1 lines, 0 of them errors");
  }

  @Test
  void filesThatCannotBeUsedAreNamed() throws IOException {
    BatchFiles files = BatchFiles.in(folder);
    assertOneLine(1, "in.jsonl: no such file", run(files));
    assertFalse(Files.exists(files.out()));
    files.withPrompts(1, 1);
    assertOneLine(1, "is no file", run(new BatchFiles(folder, files.out())));
    assertOneLine(1, "is the input too", run(new BatchFiles(files.in(), files.in())));
    assertOneLine(1, "is no file", run(new BatchFiles(files.in(), folder)));
    BatchFiles nowhere = new BatchFiles(files.in(), folder.resolve("none/out.jsonl"));
    assertOneLine(1, "none/out.jsonl: no such file or folder", run(nowhere));
    assertOneLine(2, "OUT", Ran.run(Map.of(), "batch", files.in().toString()));
    assertOneLine(1, "parallel: 0", run(files, "--parallel=0"));
    assertFalse(Files.exists(files.out()));
  }

  @Test
  void anInputWithoutLinesHasAnEmptyOutput() throws IOException {
    BatchFiles files = BatchFiles.in(folder).withLines(List.of("", " "));
    assertDone(run(files), "0 of 0 lines, 0 of them errors");
    assertEquals(0, Files.size(files.out()));
  }

  @Test
  void requestsMayAskForMoreAnswersThanThereArePlaces() throws IOException {
    List<String> lines =
        Stream.of("a", "b", "c")
            .map(
                id ->
                    "{\"custom_id\":\"%s\",\"method\":\"POST\",\"url\":\"/v1/completions\",\"body\":{\"model\":\"m\",\"prompt\":\"Hi\",\"max_tokens\":2,\"n\":100}}"
                        .formatted(id))
            .toList();
    BatchFiles files = BatchFiles.in(folder).withLines(lines);
    assertDone(run(files, "--parallel=2", "--alias=m"), "3 of 3 lines, 0 of them errors");
    for (JsonNode answer : files.answers()) {
      assertEquals(100, answer.path("response").path("body").path("choices").size());
    }
  }
}
