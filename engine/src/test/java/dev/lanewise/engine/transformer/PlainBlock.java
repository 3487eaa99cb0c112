package dev.lanewise.engine.transformer;

import dev.lanewise.engine.sparse.LayerThresholds;
import dev.lanewise.engine.sparse.Thresholds;
import dev.lanewise.math.Rope;
import dev.lanewise.math.matrix.RawBlocks;
import dev.lanewise.model.StoredModel;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.config.TensorName;
import dev.lanewise.model.gguf.TensorInfo;

/** A block computed step by step as its formulas say, in double precision, with thresholds. */
final class PlainBlock {
  private final StoredModel file;
  private final ModelConfig config;
  private final int layer;
  private final Rope rope;

  PlainBlock(StoredModel file, ModelConfig config, int layer, int positions) {
    this.file = file;
    this.config = config;
    this.layer = layer;
    rope =
        new Rope(
            positions,
            config.rotaryDims(),
            config.ropeTheta(),
            file.tensor(TensorName.ROPE_FACTORS.fileName()).isPresent()
                ? decoded(TensorName.ROPE_FACTORS.fileName())
                : new float[0],
            config.ropeScale(),
            config.ropeLayout());
  }

  /** The residuals {@code [positions][hidden]} after the block. */
  double[][] compute(double[][] residuals, LayerThresholds thresholds) {
    int positions = residuals.length;
    double[][] keys = new double[positions][];
    double[][] values = new double[positions][];
    double[][] results = new double[positions][];
    for (int p = 0; p < positions; p++) {
      LayerThresholds below = p < Thresholds.SINKS ? dense() : thresholds;
      double[] x = norm(residuals[p], TensorName.ATTENTION_NORM);
      double[] query = rotated(product(TensorName.QUERY, masked(x, below.query())), p);
      keys[p] = rotated(product(TensorName.KEY, masked(x, below.key())), p);
      values[p] = product(TensorName.VALUE, masked(x, below.value()));
      double[] attended = masked(attend(query, keys, values, p), below.output());
      double[] middle = sum(residuals[p], product(TensorName.ATTENTION_OUTPUT, attended));
      double[] y = norm(middle, TensorName.FFN_NORM);
      double[] up = product(TensorName.FFN_UP, masked(y, below.up()));
      double[] inner = new double[up.length];
      double[] gate =
          config.feedForward().isGated()
              ? product(TensorName.FFN_GATE, masked(y, below.gate()))
              : null;
      for (int i = 0; i < inner.length; i++) {
        if (gate == null) {
          inner[i] = up[i] > 0 ? up[i] * up[i] : 0;
          continue;
        }
        double silu = gate[i] / (1 + Math.exp(-gate[i]));
        float threshold = below.neurons().length == 0 ? 0 : below.neurons()[i];
        inner[i] = Math.abs(silu) < threshold ? 0 : silu * up[i];
      }
      results[p] = sum(middle, product(TensorName.FFN_DOWN, masked(inner, below.down())));
    }
    return results;
  }

  private static LayerThresholds dense() {
    return new LayerThresholds(0, 0, 0, 0, 0, 0, 0);
  }

  private static double[] masked(double[] x, float threshold) {
    double[] masked = x.clone();
    for (int i = 0; i < x.length; i++) {
      masked[i] = Math.abs(x[i]) < threshold ? 0 : x[i];
    }
    return masked;
  }

  private static double[] sum(double[] a, double[] b) {
    double[] sum = a.clone();
    for (int i = 0; i < a.length; i++) {
      sum[i] += b[i];
    }
    return sum;
  }

  private double[] norm(double[] x, TensorName name) {
    double squares = 0;
    for (double value : x) {
      squares += value * value;
    }
    double rms = Math.sqrt(squares / x.length + config.normEpsilon());
    float[] weight = decoded(name.fileName(layer));
    double[] normed = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      normed[i] = weight[i] * x[i] / rms;
    }
    return normed;
  }

  private double[] product(TensorName name, double[] x) {
    float[] weights = decoded(name.fileName(layer));
    double[] y = new double[weights.length / x.length];
    for (int row = 0; row < y.length; row++) {
      for (int k = 0; k < x.length; k++) {
        y[row] += weights[row * x.length + k] * x[k];
      }
    }
    return y;
  }

  private float[] decoded(String name) {
    TensorInfo tensor = file.tensor(name).orElseThrow();
    int rows = (int) tensor.rows();
    int cols = (int) tensor.cols();
    RawBlocks blocks = new RawBlocks(tensor.format(), file.data(tensor), rows, cols, 1);
    float[] all = new float[rows * cols];
    for (int row = 0; row < rows; row++) {
      blocks.decode(row, 0, cols, all, row * cols);
    }
    return all;
  }

  private double[] rotated(double[] x, int position) {
    float[] rotated = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      rotated[i] = (float) x[i];
    }
    rope.rotate(rotated, 0, x.length / config.headDim(), config.headDim(), position);
    double[] result = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      result[i] = rotated[i];
    }
    return result;
  }

  private double[] attend(double[] query, double[][] keys, double[][] values, int position) {
    int dims = config.headDim();
    double[] attended = new double[query.length];
    for (int head = 0; head < config.heads(); head++) {
      int kv = head / (config.heads() / config.kvHeads()) * dims;
      double[] weights = new double[position + 1];
      double total = 0;
      for (int p = 0; p <= position; p++) {
        double score = 0;
        for (int i = 0; i < dims; i++) {
          score += query[head * dims + i] * keys[p][kv + i];
        }
        weights[p] = Math.exp(score / Math.sqrt(dims));
        total += weights[p];
      }
      for (int p = 0; p <= position; p++) {
        for (int i = 0; i < dims; i++) {
          attended[head * dims + i] += weights[p] / total * values[p][kv + i];
        }
      }
    }
    return attended;
  }
}
