package dev.lanewise.engine.transformer;

import dev.lanewise.model.StoredModel;
import dev.lanewise.model.config.Half;
import dev.lanewise.model.config.HalfOfModel;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.config.TensorName;
import dev.lanewise.model.config.Trait;
import dev.lanewise.model.gguf.TensorInfo;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the rows of a matrix are in a file: all of a tensor, or some of one that has several
 * matrices below each other.
 *
 * @param name what the matrix is called when it has a tensor of its own
 */
record MatrixRows(String name, TensorInfo tensor, int first, int count) {
  /** The matrices of attention to what an encoder found. */
  private static final List<TensorName> CROSS =
      List.of(
          TensorName.CROSS_QUERY,
          TensorName.CROSS_KEY,
          TensorName.CROSS_VALUE,
          TensorName.CROSS_OUTPUT);

  /** All rows of a tensor. */
  static MatrixRows whole(StoredModel file, String name) {
    TensorInfo tensor = file.tensor(name).orElseThrow();
    return new MatrixRows(tensor.name(), tensor, 0, Math.toIntExact(tensor.rows()));
  }

  /** A matrix of a layer. */
  static MatrixRows of(StoredModel file, ModelConfig config, TensorName name, int layer) {
    int queryDim = config.queryDim();
    int kvDim = config.kvDim();
    int ffnHidden = config.ffnHidden();
    boolean part =
        switch (name) {
          case QUERY, KEY, VALUE -> config.traits().has(Trait.FUSED_QKV);
          case FFN_GATE, FFN_UP -> config.traits().has(Trait.FUSED_GATE_UP);
          default -> false;
        };
    if (!part) {
      return whole(file, name.fileName(layer));
    }
    return switch (name) {
      case QUERY -> part(file, name, TensorName.FUSED_QKV, layer, 0, queryDim);
      case KEY -> part(file, name, TensorName.FUSED_QKV, layer, queryDim, kvDim);
      case VALUE -> part(file, name, TensorName.FUSED_QKV, layer, queryDim + kvDim, kvDim);
      case FFN_GATE -> part(file, name, TensorName.FFN_UP, layer, 0, ffnHidden);
      case FFN_UP -> part(file, name, TensorName.FFN_UP, layer, ffnHidden, ffnHidden);
      default -> throw new IllegalArgumentException(name.name());
    };
  }

  private static MatrixRows part(
      StoredModel file, TensorName name, TensorName fused, int layer, int first, int count) {
    TensorInfo tensor = file.tensor(fused.fileName(layer)).orElseThrow();
    return new MatrixRows(name.fileName(layer), tensor, first, count);
  }

  /** A matrix of an expert, which stand below each other in their tensor. */
  static MatrixRows ofExpert(
      StoredModel file, ModelConfig config, TensorName name, int layer, int expert) {
    TensorInfo tensor = file.tensor(name.fileName(layer)).orElseThrow();
    int count = Math.toIntExact(tensor.rows()) / config.traits().experts().count();
    return new MatrixRows(
        name.fileName(layer) + "." + expert, tensor, Math.multiplyExact(expert, count), count);
  }

  private static void addExperts(
      StoredModel file, ModelConfig config, int layer, List<MatrixRows> all) {
    for (int expert = 0; expert < config.traits().experts().count(); expert++) {
      all.add(ofExpert(file, config, TensorName.EXPERT_GATES, layer, expert));
      all.add(ofExpert(file, config, TensorName.EXPERT_UPS, layer, expert));
      all.add(ofExpert(file, config, TensorName.EXPERT_DOWNS, layer, expert));
    }
  }

  /** Those of all matrices that are multiplied with. */
  static List<MatrixRows> all(StoredModel file, ModelConfig config) {
    if (config.encoder().isEmpty()) {
      return ofStack(file, config);
    }
    List<MatrixRows> all = new ArrayList<>();
    all.addAll(ofStack(new HalfOfModel(file, Half.ENCODER), config.encoder().get()));
    StoredModel decoder = new HalfOfModel(file, Half.DECODER);
    all.addAll(ofStack(decoder, config));
    for (int layer = 0; layer < config.layers(); layer++) {
      for (TensorName name : CROSS) {
        all.add(of(decoder, config, name, layer));
      }
    }
    return all;
  }

  private static List<MatrixRows> ofStack(StoredModel file, ModelConfig config) {
    List<MatrixRows> all = new ArrayList<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      all.add(of(file, config, TensorName.QUERY, layer));
      all.add(of(file, config, TensorName.KEY, layer));
      all.add(of(file, config, TensorName.VALUE, layer));
      all.add(of(file, config, TensorName.ATTENTION_OUTPUT, layer));
      if (config.hasExperts()) {
        addExperts(file, config, layer, all);
        continue;
      }
      if (config.feedForward().isGated()) {
        all.add(of(file, config, TensorName.FFN_GATE, layer));
      }
      all.add(of(file, config, TensorName.FFN_UP, layer));
      all.add(of(file, config, TensorName.FFN_DOWN, layer));
    }
    TensorName head = config.tiedHead() ? TensorName.TOKEN_EMBEDDING : TensorName.OUTPUT;
    if (config.generates()) {
      all.add(whole(file, head.fileName()));
    }
    return all;
  }
}
