package dev.lanewise.bench.synth;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.config.TensorName;
import dev.lanewise.model.config.TensorTable;
import dev.lanewise.model.config.Trait;
import dev.lanewise.model.gguf.GgufWriter;
import dev.lanewise.model.gguf.TensorInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A model of a known shape with random weights: it says nothing sensible, at the speed of the real
 * one. The same shape, mix and seed give the same file, byte for byte.
 *
 * @param shape its sizes
 * @param mix the formats of its weights
 * @param seed where the random numbers start
 */
public record SynthModel(Shape shape, WeightMix mix, long seed) {
  /** About how much is made and written at a time. */
  private static final int PIECE_BYTES = 1 << 20;

  /** Llama 3 leaves wavelengths below this alone: {@code original_context / high_freq_factor}. */
  private static final double SHORT_WAVELENGTH = 8192 / 4.0;

  /** And stretches those above this by the whole factor: {@code original / low_freq_factor}. */
  private static final double LONG_WAVELENGTH = 8192;

  /** Some consecutive blocks of a tensor, with random numbers of their own. */
  private record Piece(TensorInfo tensor, long at, int bytes, SplittableRandom random) {}

  /** What the file is called unless it is given a name. */
  public String fileName() {
    return shape.name() + "-" + mix.optionName() + ".gguf";
  }

  /**
   * Writes the file, on all cores.
   *
   * @throws IllegalArgumentException if the rows of a matrix do not fill whole blocks of its format
   * @throws IOException if the file exists already or cannot be written
   */
  public void writeTo(Path file) throws IOException {
    ModelConfig config = shape.config();
    Map<String, Object> metadata = shape.metadata();
    SynthVocabulary.addTo(metadata, config.vocabulary());
    try (GgufWriter writer = GgufWriter.create(file, metadata, entries())) {
      pieces(writer.tensors()).parallelStream().forEach(piece -> write(writer, piece));
      writer.finish();
    } catch (UncheckedIOException failure) {
      throw failure.getCause();
    }
  }

  private List<GgufWriter.Entry> entries() {
    ModelConfig config = shape.config();
    List<GgufWriter.Entry> entries = new ArrayList<>();
    TensorTable.of(config)
        .forEach(
            (name, dims) -> {
              BlockFormat format = mix.formatOf(name, dims, config);
              if (dims.getFirst() % format.blockSize() != 0) {
                throw new IllegalArgumentException(
                    "--weights %s: the rows of %s have %d elements, which do not fill blocks of %d;"
                            .formatted(mix.optionName(), name, dims.getFirst(), format.blockSize())
                        + " choose a format with smaller blocks, such as q4_0");
              }
              entries.add(new GgufWriter.Entry(name, format, dims));
            });
    if (shape.ropeStretch() != 1) {
      entries.add(
          new GgufWriter.Entry(
              TensorName.ROPE_FACTORS.fileName(),
              BlockFormat.F32,
              List.of((long) config.rotaryDims() / 2)));
    }
    if (config.traits().has(Trait.TOKEN_TYPES)) {
      entries.add(
          new GgufWriter.Entry(
              TensorName.TOKEN_TYPES.fileName(),
              BlockFormat.F32,
              List.of((long) config.hidden(), ConfigMetadata.TOKEN_TYPES)));
    }
    return entries;
  }

  private List<Piece> pieces(List<TensorInfo> tensors) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Piece> pieces = new ArrayList<>();
    for (TensorInfo tensor : tensors) {
      int blockBytes = tensor.format().blockBytes();
      int most = PIECE_BYTES / blockBytes * blockBytes;
      for (long at = 0; at < tensor.bytes(); at += most) {
        int bytes = (int) Math.min(most, tensor.bytes() - at);
        pieces.add(new Piece(tensor, at, bytes, random.split()));
      }
    }
    return pieces;
  }

  private void write(GgufWriter writer, Piece piece) {
    TensorInfo tensor = piece.tensor();
    ByteBuffer bytes = ByteBuffer.allocate(piece.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    if (tensor.name().equals(TensorName.ROPE_FACTORS.fileName())) {
      fillRopeFactors(bytes);
    } else {
      RandomBlocks.fill(tensor.format(), bytes, piece.random());
      if (tensor.name().endsWith("_norm.weight")) {
        moveToOne(bytes);
      }
    }
    try {
      writer.write(tensor, piece.at(), bytes);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static void moveToOne(ByteBuffer norms) {
    for (int at = 0; at < norms.capacity(); at += Float.BYTES) {
      norms.putFloat(at, 1 + norms.getFloat(at));
    }
  }

  /** The divisors of the rotary frequencies, as Llama 3.1 defines them. */
  private void fillRopeFactors(ByteBuffer factors) {
    int dims = shape.config().rotaryDims();
    for (int i = 0; i < dims / 2; i++) {
      double wavelength = 2 * Math.PI * Math.pow(shape.config().ropeTheta(), 2.0 * i / dims);
      // 0 where the whole factor counts, 1 where none of it does.
      double kept =
          Math.clamp(
              (LONG_WAVELENGTH / wavelength - 1) / (LONG_WAVELENGTH / SHORT_WAVELENGTH - 1), 0, 1);
      factors.putFloat(i * Float.BYTES, (float) (1 / ((1 - kept) / shape.ropeStretch() + kept)));
    }
  }
}
