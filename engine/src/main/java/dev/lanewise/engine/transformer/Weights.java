package dev.lanewise.engine.transformer;

import dev.lanewise.engine.InvalidRequest;
import dev.lanewise.engine.LoadProgress;
import dev.lanewise.engine.packed.PackCache;
import dev.lanewise.engine.packed.PackedWeights;
import dev.lanewise.math.MatMul;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.kernel.FloatKernels;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.matrix.RawBlocks;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.StoredModel;
import dev.lanewise.model.config.Half;
import dev.lanewise.model.config.HalfOfModel;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.config.NormPlace;
import dev.lanewise.model.config.Positions;
import dev.lanewise.model.config.TensorName;
import dev.lanewise.model.gguf.TensorInfo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/**
 * All weights of a model, packed for the kernels.
 *
 * @param embedding {@code [vocabulary, hidden]}, as it is in the file: rows are looked up
 * @param positions {@code [positions, hidden]}, added to the embeddings; null for none
 * @param tokenType {@code [hidden]}, added to all of them; no elements for none
 * @param head {@code [vocabulary, hidden]}; null for a model that does not generate
 * @param ropeFactors divisors of the rotary frequencies, or empty
 * @param relativeBiases {@code [buckets, heads]} of each layer, or of the first for all; or none
 * @param cross attention of each layer to the encoder's states; none without an encoder
 * @param encoder the other half of an encoder-decoder, or null; it holds the same packed matrices
 * @param packed holds the matrices
 */
record Weights(
    RawBlocks embedding,
    RawBlocks positions,
    float[] tokenType,
    NormWeights embeddingNorm,
    List<LayerWeights> layers,
    NormWeights outputNorm,
    Matrix head,
    float[] ropeFactors,
    List<float[]> relativeBiases,
    List<CrossWeights> cross,
    Weights encoder,
    PackedWeights packed) {
  private static final float[] NONE = {};

  /**
   * Packs the weights of a file whose tensors were checked, or finds them packed.
   *
   * @throws IOException if the file cannot be read
   */
  static Weights load(
      StoredModel file,
      ModelConfig config,
      MatMul matMul,
      ThreadTeam team,
      WeightOptions options,
      LoadProgress progress)
      throws IOException {
    Optional<PackCache> cache = Optional.empty();
    if (options.packCache().isPresent()) {
      progress.at("looking for packed weights", 0);
      cache =
          Optional.of(
              PackCache.of(options.packCache().get(), file, options.format(), matMul, team));
    }
    Optional<PackedWeights> kept = cache.flatMap(PackCache::read);
    PackedWeights packed =
        kept.orElseGet(() -> new PackedWeights(new LinkedHashMap<>(), Arena.ofShared()));
    try {
      Loader loader = new Loader(file, config, matMul, options.format(), packed);
      String stage =
          kept.isPresent()
              ? "reading packed weights"
              : options
                  .format()
                  .map(format -> "converting weights to " + format)
                  .orElse("packing weights");
      Weights weights = load(loader, stage, progress);
      if (cache.isPresent() && kept.isEmpty()) {
        progress.at("keeping packed weights for the next start", 0);
        cache.get().write(packed.matrices());
      }
      return weights;
    } catch (IOException | RuntimeException | Error failure) {
      packed.close();
      throw failure;
    }
  }

  /** The matrices that are multiplied with, but for the head; those of an encoder too. */
  List<Matrix> matrices() {
    List<Matrix> all = new ArrayList<>();
    layers.forEach(layer -> all.addAll(layer.matrices()));
    cross.forEach(layer -> all.addAll(layer.matrices()));
    if (encoder != null) {
      all.addAll(encoder.matrices());
    }
    return all;
  }

  /** Bytes of the matrices that are read once for a text, and not in the steps of its answer. */
  long textBytes() {
    long bytes = 0;
    for (CrossWeights layer : cross) {
      bytes += layer.key().bytes() + layer.value().bytes();
    }
    return encoder == null
        ? bytes
        : bytes + encoder.matrices().stream().mapToLong(Matrix::bytes).sum();
  }

  /** What positions add to the scores of attention. */
  PositionBias positionBias(ModelConfig config, FloatKernels floats) {
    return switch (config.traits().positions()) {
      case ROTARY, LEARNED -> PositionBias.NONE;
      case ALIBI -> new LinearBias(config.heads());
      case BUCKETS ->
          new BucketBias(
              floats,
              relativeBiases,
              config.heads(),
              config.traits().buckets().farthest(),
              !config.generates());
    };
  }

  /** Bytes that the matrices of a file will take when they are packed. */
  static long packedBytes(
      StoredModel file, ModelConfig config, Kernels kernels, Optional<BlockFormat> wanted) {
    long bytes = 0;
    for (MatrixRows rows : MatrixRows.all(file, config)) {
      BlockFormat format = wanted.orElse(rows.tensor().format());
      checkBlocks(rows.tensor(), format);
      bytes +=
          Matrix.bytes(
              kernels.products().layout(format),
              rows.count(),
              Math.toIntExact(rows.tensor().cols()));
    }
    return bytes;
  }

  private static void checkBlocks(TensorInfo tensor, BlockFormat format) {
    if (tensor.cols() % format.blockSize() != 0) {
      throw new InvalidRequest(
          "weights",
          "%s has blocks of %d, which rows of %d weights do not fill (%s); choose another format"
              .formatted(format, format.blockSize(), tensor.cols(), tensor.name()));
    }
  }

  /** The layers of both halves, if there are two: half of the progress each. */
  private static Weights load(Loader loader, String stage, LoadProgress progress)
      throws IOException {
    Optional<ModelConfig> encoder = loader.config().encoder();
    if (encoder.isEmpty()) {
      return stack(loader, null, stage, progress);
    }
    Weights read =
        stack(
            loader.half(Half.ENCODER, encoder.get()),
            null,
            stage,
            (at, done) -> progress.at(at, done / 2));
    return stack(
        loader.half(Half.DECODER, loader.config()),
        read,
        stage,
        (at, done) -> progress.at(at, (1 + done) / 2));
  }

  private static Weights stack(Loader loader, Weights encoder, String stage, LoadProgress progress)
      throws IOException {
    StoredModel file = loader.file();
    ModelConfig config = loader.config();
    List<LayerWeights> layers = new ArrayList<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      progress.at(stage, (double) layer / (config.layers() + 1));
      layers.add(loader.layer(layer));
    }
    progress.at(stage, (double) config.layers() / (config.layers() + 1));
    TensorName head = config.tiedHead() ? TensorName.TOKEN_EMBEDDING : TensorName.OUTPUT;
    Weights weights =
        new Weights(
            loader.rows(TensorName.TOKEN_EMBEDDING),
            loader.positions(),
            loader.tokenType(),
            loader.norm(TensorName.EMBEDDING_NORM.fileName()),
            layers,
            loader.norm(TensorName.OUTPUT_NORM.fileName()),
            config.generates() ? loader.matrix(MatrixRows.whole(file, head.fileName())) : null,
            file.tensor(TensorName.ROPE_FACTORS.fileName()).isPresent()
                ? loader.vector(TensorName.ROPE_FACTORS.fileName())
                : NONE,
            loader.relativeBiases(),
            encoder == null ? List.of() : loader.cross(),
            encoder,
            loader.packed());
    progress.at(stage, 1);
    return weights;
  }

  private record Loader(
      StoredModel file,
      ModelConfig config,
      MatMul matMul,
      Optional<BlockFormat> weightFormat,
      PackedWeights packed) {
    Loader half(Half half, ModelConfig ofHalf) {
      return new Loader(new HalfOfModel(file, half), ofHalf, matMul, weightFormat, packed);
    }

    List<CrossWeights> cross() throws IOException {
      List<CrossWeights> cross = new ArrayList<>();
      for (int layer = 0; layer < config.layers(); layer++) {
        cross.add(
            new CrossWeights(
                norm(TensorName.CROSS_NORM.fileName(layer)),
                matrix(TensorName.CROSS_QUERY, layer),
                matrix(TensorName.CROSS_KEY, layer),
                matrix(TensorName.CROSS_VALUE, layer),
                matrix(TensorName.CROSS_OUTPUT, layer)));
      }
      return cross;
    }

    List<float[]> relativeBiases() {
      List<float[]> biases = new ArrayList<>();
      for (int layer = 0; layer < config.layers(); layer++) {
        float[] bias = optional(TensorName.RELATIVE_BIAS, layer);
        if (bias.length > 0) {
          biases.add(bias);
        }
      }
      return biases;
    }

    LayerWeights layer(int layer) throws IOException {
      return new LayerWeights(
          norm(TensorName.ATTENTION_NORM.fileName(layer)),
          matrix(TensorName.QUERY, layer),
          matrix(TensorName.KEY, layer),
          matrix(TensorName.VALUE, layer),
          bias(TensorName.QUERY_BIAS, layer, 0, config.queryDim()),
          bias(TensorName.KEY_BIAS, layer, config.queryDim(), config.kvDim()),
          bias(TensorName.VALUE_BIAS, layer, config.queryDim() + config.kvDim(), config.kvDim()),
          optional(TensorName.QUERY_NORM, layer),
          optional(TensorName.KEY_NORM, layer),
          optional(TensorName.SINKS, layer),
          matrix(TensorName.ATTENTION_OUTPUT, layer),
          optional(TensorName.ATTENTION_OUTPUT_BIAS, layer),
          config.traits().normPlace() == NormPlace.BEFORE
              ? NormWeights.NONE
              : norm(config.postAttentionNorm().fileName(layer)),
          norm(config.ffnNorm().fileName(layer)),
          isDense() && config.feedForward().isGated() ? matrix(TensorName.FFN_GATE, layer) : null,
          isDense() ? matrix(TensorName.FFN_UP, layer) : null,
          isDense() ? matrix(TensorName.FFN_DOWN, layer) : null,
          optional(TensorName.FFN_UP_BIAS, layer),
          optional(TensorName.FFN_DOWN_BIAS, layer),
          isDense() ? null : experts(layer),
          norm(config.postFfnNorm().fileName(layer)));
    }

    private boolean isDense() {
      return !config.hasExperts();
    }

    private ExpertWeights experts(int layer) throws IOException {
      return new ExpertWeights(
          vector(TensorName.ROUTER.fileName(layer)),
          experts(TensorName.EXPERT_GATES, layer),
          experts(TensorName.EXPERT_UPS, layer),
          experts(TensorName.EXPERT_DOWNS, layer),
          optional(TensorName.ROUTER_BIAS, layer),
          optional(TensorName.EXPERT_GATE_BIASES, layer),
          optional(TensorName.EXPERT_UP_BIASES, layer),
          optional(TensorName.EXPERT_DOWN_BIASES, layer));
    }

    private List<Matrix> experts(TensorName name, int layer) throws IOException {
      List<Matrix> experts = new ArrayList<>();
      for (int expert = 0; expert < config.traits().experts().count(); expert++) {
        experts.add(matrix(MatrixRows.ofExpert(file, config, name, layer, expert)));
      }
      return experts;
    }

    private Matrix matrix(TensorName name, int layer) throws IOException {
      return matrix(MatrixRows.of(file, config, name, layer));
    }

    /** The tensors that there may be were checked: a family has all of a kind or none. */
    private float[] optional(TensorName name, int layer) {
      return file.tensor(name.fileName(layer)).isPresent() ? vector(name.fileName(layer)) : NONE;
    }

    /** A bias of its own, or part of that of a fused tensor. */
    private float[] bias(TensorName name, int layer, int first, int count) {
      String fused = TensorName.FUSED_QKV_BIAS.fileName(layer);
      return file.tensor(fused).isPresent()
          ? Arrays.copyOfRange(vector(fused), first, first + count)
          : optional(name, layer);
    }

    NormWeights norm(String name) {
      if (file.tensor(name).isEmpty()) {
        return NormWeights.NONE;
      }
      float[] weight = vector(name);
      String bias = TensorName.biasOf(name);
      return new NormWeights(
          weight, file.tensor(bias).isPresent() ? vector(bias) : new float[weight.length]);
    }

    RawBlocks positions() {
      return config.traits().positions() == Positions.LEARNED
          ? rows(TensorName.POSITION_EMBEDDING)
          : null;
    }

    /** A text is all of the first type: the others are for what stands behind it. */
    float[] tokenType() {
      String name = TensorName.TOKEN_TYPES.fileName();
      return file.tensor(name).isPresent() ? Arrays.copyOf(vector(name), config.hidden()) : NONE;
    }

    /** Rows that are looked up, as they are in the file. */
    RawBlocks rows(TensorName name) {
      TensorInfo tensor = tensor(name.fileName());
      return new RawBlocks(
          tensor.format(),
          file.data(tensor),
          Math.toIntExact(tensor.rows()),
          config.hidden(),
          scale(tensor));
    }

    TensorInfo tensor(String name) {
      return file.tensor(name).orElseThrow();
    }

    Matrix matrix(MatrixRows rows) throws IOException {
      BlockFormat format = weightFormat.orElse(rows.tensor().format());
      Matrix known = packed.matrices().get(rows.name());
      if (known != null
          && known.format() == format
          && known.rows() == rows.count()
          && known.cols() == rows.tensor().cols()) {
        return known;
      }
      Matrix matrix = pack(rows, format);
      packed.matrices().put(rows.name(), matrix);
      return matrix;
    }

    /** Reads through a mapping of its own: only one tensor is in memory twice. */
    private Matrix pack(MatrixRows rows, BlockFormat format) throws IOException {
      TensorInfo tensor = rows.tensor();
      checkBlocks(tensor, format);
      try (StoredModel readOnce = file.mapAgain()) {
        RawBlocks inFile =
            new RawBlocks(
                tensor.format(),
                readOnce.data(tensor, rows.first(), rows.count()),
                rows.count(),
                Math.toIntExact(tensor.cols()),
                scale(tensor));
        return matMul.packAs(format, inFile, packed.memory());
      } catch (IllegalArgumentException badWeight) {
        throw new ModelFormatException(file.path(), tensor.name(), badWeight.getMessage());
      }
    }

    /** The scale of a whole tensor of weights: 1 where the file has none. */
    float scale(TensorInfo tensor) {
      String name = TensorName.scaleOf(tensor.name());
      if (file.tensor(name).isEmpty()) {
        return 1;
      }
      return vector(name)[0];
    }

    float[] vector(String name) {
      TensorInfo tensor = tensor(name);
      float[] decoded = new float[Math.toIntExact(tensor.elements())];
      tensor.format().decode(file.data(tensor), 0, decoded, 0, decoded.length);
      for (float number : decoded) {
        if (!Float.isFinite(number)) {
          throw new ModelFormatException(
              file.path(), "tensor " + name, number + " is not a finite number");
        }
      }
      return decoded;
    }
  }
}
