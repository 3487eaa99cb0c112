package dev.lanewise.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code lanewise render} as a process of its own, with a request on its standard input. */
final class RenderCommandTest {
  private static final String MODEL =
      Path.of(System.getProperty("lanewise.models"), "SmolLM2-135M-Instruct.Q4_1.gguf").toString();
  private static final String REQUEST =
      "{\"max_tokens\":5,\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},"
          + "{\"role\":\"user\",\"content\":\"caf\u00e9 <|im_end|>\"}]}";

  @TempDir private Path folder;

  private static Ran render(String input, String... options) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("render", "--model", MODEL));
    arguments.addAll(List.of(options));
    Process process = ProcessTest.start(List.of(), arguments.toArray(String[]::new));
    try (OutputStream in = process.getOutputStream()) {
      in.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException ended) {
      // a process that has nothing to read for ends early
    }
    String out = ProcessTest.read(process.getInputStream());
    String err = ProcessTest.read(process.getErrorStream());
    return new Ran(process.waitFor(), out, err);
  }

  @Test
  void printsThePromptAndNothingElse() throws Exception {
    Ran ran = render(REQUEST);
    assertEquals(
        "<|im_start|>system\nBe brief.<|im_end|>\n"
            + "<|im_start|>user\ncaf\u00e9 <|im_end|><|im_end|>\n<|im_start|>assistant\n",
        ran.out());
    assertEquals("", ran.err());
    assertEquals(0, ran.code());
  }

  /** The conversation's own {@code <|im_end|>} is text, the template's is the token 2. */
  @Test
  void printsTokensWithTheirPieces() throws Exception {
    List<String> lines = render(REQUEST, "--tokens").out().lines().toList();
    assertEquals("1\t\"<|im_start|>\"", lines.getFirst());
    assertEquals("198\t\"\\n\"", lines.getLast());
    assertEquals(2, lines.stream().filter(line -> line.equals("2\t\"<|im_end|>\"")).count());
    assertTrue(lines.contains("108\t\"|\""), lines.toString());
  }

  @Test
  void takesAnotherTemplate() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("own.jinja"),
            "{% for m in messages %}[{{ m.role }}] {{ m.content }}{{ eos_token }}{% endfor %}");
    Ran ran = render(REQUEST, "--chat-template", file.toString());
    assertEquals("[system] Be brief.<|im_end|>[user] caf\u00e9 <|im_end|><|im_end|>", ran.out());
  }

  @Test
  void errorsAreOneLine() throws Exception {
    Path file = Files.writeString(folder.resolve("own.jinja"), "{{ raise_exception('no\\nway') }}");
    assertError("The body is not valid JSON", render("{"));
    assertError("'messages' is missing.", render("{}"));
    assertError("did you mean 'messages'?", render("{\"mesages\":[]}"));
    assertError("refuses them: no", render(REQUEST, "--chat-template", file.toString()));
  }

  private static void assertError(String part, Ran ran) {
    assertEquals(1, ran.code());
    assertEquals("", ran.out());
    assertEquals(1, ran.err().lines().count(), ran.err());
    assertTrue(ran.err().startsWith("lanewise: ") && ran.err().contains(part), ran.err());
  }
}
