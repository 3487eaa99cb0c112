package dev.lanewise.model.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.StoredModel;
import dev.lanewise.model.UnsupportedModel;
import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.gguf.TensorInfo;
import dev.lanewise.model.safetensors.HandMadeFolder.Entry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tensors that are stored otherwise than they are computed with. */
final class MadeTensorsTest {
  private static final Path TINY = Path.of(System.getProperty("lanewise.models")).resolve("tiny");

  /** GGUF has the rows of query and key of these in another order. */
  private static final Set<String> REORDERED = Set.of("granite", "granite-moe", "mixtral");

  private static final String BLOCK = "model.layers.0.";
  private static final String EXPERTS = BLOCK + "mlp.experts.";

  @TempDir private Path folder;

  private static float[] numbers(TensorInfo tensor, MemorySegment data, long rows) {
    float[] numbers = new float[Math.toIntExact(rows * tensor.cols())];
    tensor.format().decode(data, 0, numbers, 0, numbers.length);
    return numbers;
  }

  private static float[] numbers(StoredModel model, String name) {
    TensorInfo tensor = model.tensor(name).orElseThrow();
    return numbers(tensor, model.data(tensor), tensor.rows());
  }

  private static void assertSame(StoredModel expected, StoredModel actual) {
    assertEquals(
        expected.tensors().stream().map(TensorInfo::name).sorted().toList(),
        actual.tensors().stream().map(TensorInfo::name).sorted().toList());
    for (TensorInfo tensor : expected.tensors()) {
      String name = tensor.name();
      assertEquals(tensor.dims(), actual.tensor(name).orElseThrow().dims(), name);
      assertArrayEquals(numbers(expected, name), numbers(actual, name), name);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gemma2",
        "gemma3",
        "phi3",
        "granite",
        "olmo2",
        "mixtral",
        "qwen3-moe",
        "olmoe",
        "granite-moe",
        "gpt-oss",
        "gpt2",
        "gpt-neox",
        "bloom"
      })
  void areThoseOfTheSameModelAsGguf(String name) throws IOException {
    try (StoredModel safetensors = StoredModel.open(TINY.resolve(name));
        StoredModel gguf = StoredModel.open(TINY.resolve(name).resolve("model.gguf"))) {
      assertEquals(gguf.tensors().size(), safetensors.tensors().size());
      for (TensorInfo tensor : gguf.tensors()) {
        boolean reordered =
            REORDERED.contains(name) && tensor.name().matches(".*attn_[qk]\\.weight");
        assertEquals(tensor.dims(), safetensors.tensor(tensor.name()).orElseThrow().dims());
        if (!reordered) {
          assertArrayEquals(
              numbers(gguf, tensor.name()), numbers(safetensors, tensor.name()), tensor.name());
        }
      }
    }
  }

  /** Any rows are those of the whole tensor. */
  @ParameterizedTest
  @ValueSource(
      strings = {"gemma3", "mixtral", "granite-moe", "gpt-oss", "gpt2", "gpt-neox", "opt-relu"})
  void areReadByRows(String name) throws IOException {
    Random random = new Random(7);
    try (StoredModel model = StoredModel.open(TINY.resolve(name))) {
      for (TensorInfo tensor : model.tensors()) {
        int cols = Math.toIntExact(tensor.cols());
        float[] all = numbers(model, tensor.name());
        for (int i = 0; i < 5; i++) {
          int first = random.nextInt(Math.toIntExact(tensor.rows()));
          int count = 1 + random.nextInt(Math.toIntExact(tensor.rows()) - first);
          float[] some = numbers(tensor, model.data(tensor, first, count), count);
          float[] expected =
              java.util.Arrays.copyOfRange(all, first * cols, (first + count) * cols);
          assertArrayEquals(expected, some, tensor.name());
        }
      }
    }
  }

  @Test
  void expertsInOneTensorAreThoseOfSeveral() throws IOException {
    HandMadeFolder made = HandMadeFolder.of(TINY.resolve("qwen3-moe"));
    for (int layer = 0; layer < 4; layer++) {
      String experts = "model.layers.%d.mlp.experts.".formatted(layer);
      ByteArrayOutputStream gatesAndUps = new ByteArrayOutputStream();
      ByteArrayOutputStream downs = new ByteArrayOutputStream();
      for (int expert = 0; expert < 8; expert++) {
        String one = experts + expert;
        gatesAndUps.writeBytes(made.tensors.remove(one + ".gate_proj.weight").data());
        gatesAndUps.writeBytes(made.tensors.remove(one + ".up_proj.weight").data());
        downs.writeBytes(made.tensors.remove(one + ".down_proj.weight").data());
      }
      made.tensors.put(
          experts + "gate_up_proj", Entry.of("BF16", gatesAndUps.toByteArray(), 8, 64, 64));
      made.tensors.put(experts + "down_proj", Entry.of("BF16", downs.toByteArray(), 8, 64, 32));
    }
    try (StoredModel several = StoredModel.open(TINY.resolve("qwen3-moe"));
        StoredModel one = StoredModel.open(made.write(folder))) {
      assertSame(several, one);
    }
  }

  /** As GPT-2 is published: without the name of the model, and with masks. */
  @Test
  void namesMayLackTheirBase() throws IOException {
    HandMadeFolder made = HandMadeFolder.of(TINY.resolve("gpt2"));
    made.rename(name -> name.replace("transformer.", ""));
    made.tensors.put("h.0.attn.bias", Entry.of("U8", new byte[16], 1, 1, 4, 4));
    try (StoredModel base = StoredModel.open(TINY.resolve("gpt2"));
        StoredModel bare = StoredModel.open(made.write(folder))) {
      assertSame(base, bare);
    }
  }

  /** All values of MXFP4 are numbers of BF16, in which the same model is written a second time. */
  @Test
  void publishedMxfp4HasTheNumbersThatTheSameModelHasInBf16() throws IOException {
    HandMadeFolder packed = HandMadeFolder.of(TINY.resolve("gpt-oss"));
    HandMadeFolder plain = HandMadeFolder.of(TINY.resolve("gpt-oss"));
    packed.config.putObject("quantization_config").put("quant_method", "mxfp4");
    Random random = new Random(3);
    for (int layer = 0; layer < 4; layer++) {
      String experts = "model.layers.%d.mlp.experts.".formatted(layer);
      addMxfp4(packed, plain, experts + "gate_up_proj", 128, random);
      addMxfp4(packed, plain, experts + "down_proj", 64, random);
    }
    try (StoredModel mxfp4 = StoredModel.open(packed.write(folder.resolve("packed")));
        StoredModel bf16 = StoredModel.open(plain.write(folder.resolve("plain")))) {
      assertEquals(
          BlockFormat.MXFP4, mxfp4.tensor("blk.3.ffn_up_exps.weight").orElseThrow().format());
      assertSame(bf16, mxfp4);
      assertEquals(Architecture.configOf(bf16).traits(), Architecture.configOf(mxfp4).traits());
    }
  }

  /** Random codes of four experts of so many rows of 64, and the transposed numbers they are. */
  private static void addMxfp4(
      HandMadeFolder packed, HandMadeFolder plain, String name, int rows, Random random) {
    float[] magnitudes = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};
    byte[] codes = new byte[4 * rows * 32];
    byte[] scales = new byte[4 * rows * 2];
    byte[] numbers = new byte[4 * rows * 64 * 2];
    random.nextBytes(codes);
    for (int i = 0; i < scales.length; i++) {
      scales[i] = (byte) (120 + random.nextInt(10));
    }
    for (int expert = 0; expert < 4; expert++) {
      for (int row = 0; row < rows; row++) {
        for (int col = 0; col < 64; col++) {
          int at = (expert * rows + row) * 64 + col;
          int code = codes[at / 2] >> (at % 2 == 0 ? 0 : 4) & 15;
          double scale = Math.pow(2, (scales[at / 32] & 0xff) - 127);
          // There is no negative zero.
          float value = (float) ((code >= 8 ? -1 : 1) * magnitudes[code % 8] * scale) + 0f;
          int bits = Float.floatToRawIntBits(value) >>> 16;
          int target = 2 * ((expert * 64 + col) * rows + row);
          numbers[target] = (byte) bits;
          numbers[target + 1] = (byte) (bits >> 8);
        }
      }
    }
    packed.tensors.remove(name);
    packed.tensors.put(name + "_blocks", Entry.of("U8", codes, 4, rows, 2, 16));
    packed.tensors.put(name + "_scales", Entry.of("U8", scales, 4, rows, 2));
    plain.tensors.put(name, Entry.of("BF16", numbers, 4, 64, rows));
  }

  private void refused(HandMadeFolder made, String message) throws IOException {
    Path written = made.write(folder);
    RuntimeException error =
        assertThrows(
            RuntimeException.class,
            () -> {
              try (StoredModel model = StoredModel.open(written)) {
                Architecture.configOf(model);
              }
            });
    assertTrue(
        error instanceof ModelFormatException || error instanceof UnsupportedModel,
        error.toString());
    assertTrue(error.getMessage().contains(message), error.getMessage());
  }

  @Test
  void expertsThatDoNotFitAreRefused() throws IOException {
    String third = BLOCK + "mlp.experts.2.up_proj.weight";
    HandMadeFolder made = HandMadeFolder.of(TINY.resolve("qwen3-moe"));
    Entry sound = made.tensors.remove(third);
    refused(made, "tensor blk.0.ffn_up_exps.weight: that of expert 2 is missing");

    made.tensors.put(third, sound.shaped(64, 32));
    refused(made, "tensor " + third + ": [32, 64] of BF16 does not fit [64, 32] of BF16");
    made.tensors.put(third, Entry.of("F32", new byte[4 * 64 * 32], 32, 64));
    refused(made, "tensor " + third + ": [64, 32] of F32 does not fit [64, 32] of BF16");
    made.tensors.put(third, Entry.of("I32", new byte[4 * 64 * 32], 32, 64));
    refused(made, "I32 of tensor " + third + " is not supported");
    made.tensors.put(third, Entry.of("BF16", new byte[0], 0, 64));
    refused(made, "tensor " + third + ": has the shape [0, 64]");
    made.tensors.put(third, Entry.of("BF16", new byte[0], 0, 1L << 62, 1L << 62));
    refused(made, "tensor " + third + ": has the shape");
    made.tensors.put(third, Entry.of("BF16", new byte[2]));
    refused(made, "tensor " + third + ": has the shape []");

    made.tensors.put(third, sound);
    made.tensors.put(BLOCK + "mlp.experts.02.up_proj.weight", sound);
    refused(made, third + " is blk.0.ffn_up_exps.weight already");
    made.tensors.remove(BLOCK + "mlp.experts.02.up_proj.weight");
    made.tensors.put(EXPERTS + "down_proj", sound);
    refused(made, "is blk.0.ffn_down_exps.weight already");
    made.tensors.remove(EXPERTS + "down_proj");

    made.config.put("num_local_experts", 9);
    refused(made, "its dimensions are");
  }

  @Test
  void mxfp4ThatIsNotWholeIsRefused() throws IOException {
    HandMadeFolder made = HandMadeFolder.of(TINY.resolve("gpt-oss"));
    String codes = EXPERTS + "down_proj_blocks";
    String scales = EXPERTS + "down_proj_scales";
    made.tensors.remove(EXPERTS + "down_proj");
    Entry sound = Entry.of("U8", new byte[4 * 64 * 32], 4, 64, 2, 16);
    made.tensors.put(codes, sound);
    refused(made, "tensor " + codes + ": blocks and scales should be there once each");
    made.tensors.put(scales, Entry.of("U8", new byte[4 * 64 * 3], 4, 64, 3));
    refused(made, "tensor " + scales + ": its shape [4, 64, 3] is not that of the blocks");
    made.tensors.put(scales, Entry.of("I8", new byte[4 * 64 * 2], 4, 64, 2));
    refused(made, "tensor " + scales + ": is of I8, not of U8");
    made.tensors.put(scales, Entry.of("U8", new byte[4 * 64 * 2], 4, 64, 2));
    made.tensors.put(codes, sound.shaped(4, 64, 4, 8));
    refused(made, "tensor " + codes + ": has the shape [4, 64, 4, 8]");
    made.tensors.remove(codes);
    refused(made, "tensor " + scales + ": blocks and scales should be there once each");
    made.tensors.put(codes, sound);
    made.config.putObject("quantization_config").put("quant_method", "bitsandbytes");
    refused(made, "quantization_config.quant_method = \"bitsandbytes\"");
  }

  @Test
  void rowsThatPartsDoNotFillAreRefused() throws IOException {
    HandMadeFolder neox = HandMadeFolder.of(TINY.resolve("gpt-neox"));
    String fused = "gpt_neox.layers.0.attention.query_key_value.weight";
    neox.tensors.put(fused, Entry.of("BF16", new byte[2 * 64 * 190], 190, 64));
    refused(neox, "tensor " + fused + ": has the shape [190, 64]");

    HandMadeFolder opt = HandMadeFolder.of(TINY.resolve("opt-relu"));
    String positions = "model.decoder.embed_positions.weight";
    opt.tensors.put(positions, Entry.of("BF16", new byte[2 * 2 * 64], 2, 64));
    refused(opt, "tensor " + positions + ": has the shape [2, 64]");
    opt.tensors.put(positions, Entry.of("BF16", new byte[2 * 2 * 3 * 64], 2, 3, 64));
    refused(opt, "tensor " + positions + ": has the shape [2, 3, 64]");

    HandMadeFolder gpt2 = HandMadeFolder.of(TINY.resolve("gpt2"));
    String transposed = "transformer.h.0.mlp.c_fc.weight";
    gpt2.tensors.put(transposed, Entry.of("BF16", new byte[2 * 64], 64));
    refused(gpt2, "tensor " + transposed + ": has the shape [64]");

    HandMadeFolder gemma = HandMadeFolder.of(TINY.resolve("gemma2"));
    gemma.tensors.put("model.norm.weight", Entry.of("BF16", new byte[2 * 64], 1, 64));
    refused(gemma, "tensor model.norm.weight: has the shape [1, 64]");
  }
}
