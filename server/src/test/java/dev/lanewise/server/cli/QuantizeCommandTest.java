package dev.lanewise.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.model.gguf.GgufFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code lanewise quantize} and {@code lanewise calibrate --importance}, and how the models they
 * make predict.
 */
final class QuantizeCommandTest {
  private static final Path MODEL =
      Path.of(System.getProperty("lanewise.models"), "SmolLM2-135M-Instruct.Q4_1.gguf");

  private static final Path TINY = MODEL.resolveSibling("tiny/llama/model.gguf");

  @TempDir private Path folder;
  private Path text;
  private Path out;

  @BeforeEach
  void writeText() throws IOException {
    text =
        Files.writeString(
            folder.resolve("text.txt"),
            """
            The history of the lighthouse begins with a storm. In the winter of 1811 two ships were \
            lost on the rocks below the village within a week, and the council asked the king for a \
            light. The first tower was made of wood and burned a fire of coal, which the keepers \
            carried up the stairs in baskets. It stood for nine years. The second was built of \
            stone, thirty metres high, with a lamp of oil and mirrors that could be seen from a \
            ship at a distance of fifteen miles. Its keepers lived in the house beside it with \
            their families, grew potatoes in the garden and kept a goat. They wrote down the \
            weather every morning and evening, and every ship that passed.
            """);
    out = folder.resolve("out.gguf");
  }

  private static Ran done(String... arguments) {
    Ran ran = Ran.run(Map.of(), arguments);
    assertEquals(0, ran.code(), ran.err());
    return ran;
  }

  private double perplexity(Path model) throws IOException {
    Ran ran =
        done(
            "perplexity",
            "--text=" + text,
            "--window=80",
            "--no-pack-cache",
            "--activations=f32",
            "--kv-cache=f32",
            "-o=json",
            "-m=" + model);
    return new ObjectMapper().readTree(ran.out()).get("perplexity").asDouble();
  }

  private static BlockFormat format(Path model, String tensor) throws IOException {
    try (GgufFile file = GgufFile.open(model)) {
      return file.tensor(tensor).orElseThrow().format();
    }
  }

  @Test
  void kQuantsPredictNearlyAsWellAndWhatTheyDoNotFitIsNamed() throws IOException {
    Ran ran = done("quantize", MODEL.toString(), out.toString(), "--weights=q6_k");
    assertTrue(ran.out().contains("%,d bytes".formatted(Files.size(out))), ran.out());
    assertTrue(
        ran.err()
            .contains(
                "Q8_0 in the place of Q6_K, whose blocks of 256 rows of 576 weights do not fill:"
                    + " blk.*.attn_k.weight, blk.*.attn_output.weight, blk.*.attn_q.weight,"),
        ran.err());
    assertFalse(ran.err().contains("ffn_down"), ran.err());
    assertEquals(BlockFormat.Q6_K, format(out, "blk.7.ffn_down.weight"));
    double before = perplexity(MODEL);
    double after = perplexity(out);
    assertEquals(before, after, 0.02 * before);
  }

  @Test
  void importanceHelpsWhereBitsAreFew() throws IOException {
    Path matrix = folder.resolve("importance.gguf");
    Ran ran =
        done(
            "calibrate",
            "--importance",
            "--text=" + text,
            "--window=64",
            "--out=" + matrix,
            "--no-pack-cache",
            "-m=" + MODEL);
    assertTrue(ran.out().startsWith(matrix + ": 210 matrices, "), ran.out());
    Path weighted = folder.resolve("weighted.gguf");
    done("quantize", MODEL.toString(), out.toString(), "--weights=q4_0");
    done(
        "quantize",
        MODEL.toString(),
        weighted.toString(),
        "--weights=q4_0",
        "--importance=" + matrix);
    double usual = perplexity(out);
    double helped = perplexity(weighted);
    assertTrue(helped < 0.97 * usual, helped + " of " + usual);
    Ran again =
        Ran.run(
            Map.of(),
            "calibrate",
            "--importance",
            "--text=" + text,
            "--out=" + matrix,
            "-m=" + TINY);
    Ran.assertOneLine(1, matrix + ": it exists", again);
  }

  @Test
  void embeddingsAndHeadAreChosenApart() throws IOException {
    done(
        "quantize",
        TINY.toString(),
        out.toString(),
        "--weights=nvfp4",
        "--output-weights=q5_1",
        "--embedding-weights=bf16");
    assertEquals(BlockFormat.NVFP4, format(out, "blk.0.attn_q.weight"));
    assertEquals(BlockFormat.Q5_1, format(out, "output.weight"));
    assertEquals(BlockFormat.BF16, format(out, "token_embd.weight"));
  }

  @Test
  void whatIsWrongIsNamed() throws IOException {
    assertRefused(2, "Missing required option: '--weights=FORMAT'");
    assertRefused(2, "'q9' is no format of weights", "--weights=q9");
    assertRefused(2, "'as-is' is no format to write", "--weights=as-is");
    assertRefused(2, "'as-is' is no format to write", "--weights=q8_0", "--output-weights=as-is");
    assertRefused(2, "--search is for mxfp4 and nvfp4", "--weights=q4_k", "--search");
    assertRefused(2, "name the file with --importance", "--weights=mxfp4", "--search");
    assertRefused(
        1,
        "choose another format for the embeddings",
        "--weights=q8_0",
        "--embedding-weights=nvfp4");
    assertRefused(1, TINY + ": general.type", "--weights=q4_0", "--importance=" + TINY);
    assertRefused(1, "none.gguf: no such file", "--weights=q4_0", "--importance=none.gguf");
    assertFalse(Files.exists(out));
    Files.writeString(out, "kept");
    assertRefused(1, out + ": it exists", "--weights=q4_0");
    assertEquals("kept", Files.readString(out));
    Ran same = Ran.run(Map.of(), "quantize", TINY.toString(), TINY.toString(), "--weights=q4_0");
    Ran.assertOneLine(1, TINY + ": it is the model to be read", same);
    Ran ofFolder =
        Ran.run(Map.of(), "quantize", folder.toString(), out.toString(), "--weights=q4_0");
    Ran.assertOneLine(1, "serve --model " + folder + " --weights q4_0", ofFolder);
    Ran text = Ran.run(Map.of(), "quantize", this.text.toString(), "x.gguf", "--weights=q4_0");
    Ran.assertOneLine(1, "not a GGUF file", text);
  }

  private void assertRefused(int code, String part, String... options) {
    String[] arguments = new String[options.length + 3];
    arguments[0] = "quantize";
    arguments[1] = TINY.toString();
    arguments[2] = out.toString();
    System.arraycopy(options, 0, arguments, 3, options.length);
    Ran.assertOneLine(code, part, Ran.run(Map.of(), arguments));
  }
}
