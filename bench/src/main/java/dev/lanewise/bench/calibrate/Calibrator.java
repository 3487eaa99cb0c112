package dev.lanewise.bench.calibrate;

import static dev.lanewise.engine.transformer.Activation.ATTENTION_INPUT;
import static dev.lanewise.engine.transformer.Activation.ATTENTION_OUTPUT;
import static dev.lanewise.engine.transformer.Activation.FFN_INPUT;
import static dev.lanewise.engine.transformer.Activation.GATE;
import static dev.lanewise.engine.transformer.Activation.PRODUCT;

import dev.lanewise.bench.quality.Perplexity;
import dev.lanewise.bench.quality.Setting;
import dev.lanewise.bench.quality.TextScorer;
import dev.lanewise.bench.quality.TextWindows;
import dev.lanewise.engine.LoadProgress;
import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.sparse.CalibratedModel;
import dev.lanewise.engine.sparse.FfnSkipping;
import dev.lanewise.engine.sparse.LayerLevel;
import dev.lanewise.engine.sparse.Projection;
import dev.lanewise.engine.sparse.SkippingLevel;
import dev.lanewise.engine.sparse.Sparsity;
import dev.lanewise.engine.sparse.SparsityFile;
import dev.lanewise.engine.sparse.SparsityLevel;
import dev.lanewise.engine.sparse.ThresholdLevel;
import dev.lanewise.engine.sparse.ThresholdMethod;
import dev.lanewise.engine.sparse.Thresholds;
import dev.lanewise.engine.transformer.Activation;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.model.config.ModelConfig;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds thresholds for a model with a text, in windows that each start from an empty context, as
 * {@link TextScorer} takes them. Positions below {@link Thresholds#SINKS}, or in the warm-up of
 * {@link FfnSkipping}, are neither counted nor thinned out.
 */
public final class Calibrator {
  /** How far targets are apart. */
  public static final double LEVEL_STEP = 0.05;

  /** The highest target. */
  public static final double MOST = 0.95;

  /** Windows that show how much each level leaves out. */
  private static final int REALISED_WINDOWS = 4;

  /** The same for skipped blocks: those that thresholds were tried on, and as many others. */
  private static final int SKIPPING_WINDOWS = 2 * SkipThreshold.WINDOWS;

  /** Positions of one window that errors of blocks are measured on. */
  private static final int BLOCK_POSITIONS = Transformer.CHUNK;

  private final Transformer transformer;
  private final ModelConfig config;
  private final KvFormat kv;
  private final LoadProgress progress;

  /** Calibrates a model, with caches of one format. */
  public Calibrator(Transformer transformer, KvFormat kv, LoadProgress progress) {
    this.transformer = transformer;
    config = transformer.config();
    this.kv = kv;
    this.progress = progress;
  }

  /**
   * Finds the thresholds of a method for {@link #LEVEL_STEP}, twice that and so on, and for the
   * target.
   *
   * @param model what the file says of the model
   * @param tokens the text, without special tokens; what fills no window is left out
   * @param window tokens of a window
   * @throws IllegalArgumentException if the target is not from {@link #LEVEL_STEP} to {@link
   *     #MOST}, a window has less than 8 tokens or more than the transformer's context, or the text
   *     does not fill one; or if the model cannot skip as many blocks
   */
  public SparsityFile calibrate(
      CalibratedModel model, int[] tokens, int window, ThresholdMethod method, double target) {
    if (!method.worksOn(config)) {
      throw new IllegalArgumentException(
          "--method %s: it is for dense models with gates of SiLU, unlike this %s; zeros of ReLU are skipped without thresholds"
              .formatted(method, config.architecture()));
    }
    List<Double> targets = targets(target);
    if (window <= 2 * Thresholds.SINKS) {
      throw new IllegalArgumentException(
          "a window of %d tokens; it must have more than %d"
              .formatted(window, 2 * Thresholds.SINKS));
    }
    SkipThreshold skipThreshold = new SkipThreshold(transformer, kv, tokens, window);
    FfnSkipping skipping = FfnSkipping.of(config.layers());
    if (method == ThresholdMethod.FFN_SKIP) {
      skipThreshold.check(skipping, target);
    }
    try (KvCache cache = transformer.newCache(kv)) {
      TextWindows text = new TextWindows(tokens, window, cache.capacity());
      ActivationStatistics statistics = new ActivationStatistics(config, counted(method));
      transformer.observe(Optional.of(statistics));
      Perplexity before = score("reading the text", text, Sparsity.NONE);
      transformer.observe(Optional.empty());
      Windows windows = new Windows(transformer, cache, tokens, window);
      List<float[]> upMeans = method == ThresholdMethod.CHESS ? statistics.upMeans() : List.of();
      List<SparsityLevel> levels =
          switch (method) {
            case CATS -> measured(cats(statistics, targets), windows, method);
            case CHESS -> measured(chess(statistics, upMeans, windows, targets), windows, method);
            case TEAL -> measured(teal(statistics, windows, cache, targets), windows, method);
            case FFN_SKIP -> skipping(skipThreshold, skipping, targets);
          };
      Sparsity most = levels.getLast().sparsity(upMeans, config.ffnHidden());
      Perplexity after = score("measuring the loss", text, most);
      return new SparsityFile(
          SparsityFile.VERSION,
          model,
          method,
          target,
          windows.count() * window,
          before.value(),
          after.value(),
          config.ffnHidden(),
          upMeans,
          levels);
    } finally {
      transformer.observe(Optional.empty());
    }
  }

  private static List<Double> targets(double target) {
    if (!(target >= LEVEL_STEP && target <= MOST)) {
      throw new IllegalArgumentException(
          "a sparsity of %s; it may be %s to %s".formatted(target, LEVEL_STEP, MOST));
    }
    List<Double> targets = new ArrayList<>();
    int steps = (int) Math.round(1 / LEVEL_STEP);
    for (int i = 1; (double) i / steps < target - LEVEL_STEP / 100; i++) {
      targets.add((double) i / steps);
    }
    targets.add(target);
    return targets;
  }

  private static Set<Activation> counted(ThresholdMethod method) {
    return switch (method) {
      case CATS -> EnumSet.of(GATE);
      case CHESS -> EnumSet.of(ATTENTION_INPUT, ATTENTION_OUTPUT);
      case TEAL -> EnumSet.of(ATTENTION_INPUT, ATTENTION_OUTPUT, FFN_INPUT, PRODUCT);
      case FFN_SKIP -> EnumSet.noneOf(Activation.class);
    };
  }

  private Perplexity score(String stage, TextWindows text, Sparsity left) {
    return new TextScorer(new Setting(transformer, kv, () -> left))
        .score(text, done -> progress.at(stage, (double) done / text.count()));
  }

  private ThresholdLevels cats(ActivationStatistics statistics, List<Double> targets) {
    List<List<LayerLevel>> levels = new ArrayList<>();
    for (double target : targets) {
      List<LayerLevel> layers = new ArrayList<>();
      for (int layer = 0; layer < config.layers(); layer++) {
        float neurons = statistics.quantile(GATE, layer, target);
        layers.add(new LayerLevel(0, 0, 0, 0, 0, 0, 0, neurons));
      }
      levels.add(layers);
    }
    return new ThresholdLevels(targets, levels, List.of());
  }

  private ThresholdLevels chess(
      ActivationStatistics statistics,
      List<float[]> upMeans,
      Windows windows,
      List<Double> targets) {
    ScoreStatistics scores = new ScoreStatistics(upMeans);
    int count = windows.count();
    windows.show(
        scores,
        count,
        Sparsity.NONE,
        done -> progress.at("reading the text again", (double) done / count));
    List<List<LayerLevel>> levels = new ArrayList<>();
    for (double target : targets) {
      List<LayerLevel> layers = new ArrayList<>();
      for (int layer = 0; layer < config.layers(); layer++) {
        float query = statistics.quantile(ATTENTION_INPUT, layer, target);
        float output = statistics.quantile(ATTENTION_OUTPUT, layer, target);
        float neurons = scores.quantile(layer, target);
        layers.add(new LayerLevel(query, 0, 0, output, 0, 0, 0, neurons));
      }
      levels.add(layers);
    }
    return new ThresholdLevels(targets, levels, upMeans);
  }

  private ThresholdLevels teal(
      ActivationStatistics statistics, Windows windows, KvCache cache, List<Double> targets) {
    int positions = Math.min(windows.length(), BLOCK_POSITIONS);
    BlockInputs inputs = new BlockInputs(config, positions);
    windows.show(inputs, windows.count() / 2, positions, Sparsity.NONE);
    GreedyAllocation allocation = new GreedyAllocation(transformer, cache);
    List<List<LayerLevel>> levels = new ArrayList<>();
    targets.forEach(target -> levels.add(new ArrayList<>()));
    for (int layer = 0; layer < config.layers(); layer++) {
      progress.at("dividing sparsity among matrices", (double) layer / config.layers());
      int block = layer;
      List<LayerLevel> ofTargets =
          allocation.allocate(
              layer, inputs.of(layer), targets, shares -> teal(statistics, block, shares));
      for (int i = 0; i < targets.size(); i++) {
        levels.get(i).add(ofTargets.get(i));
      }
    }
    return new ThresholdLevels(targets, levels, List.of());
  }

  /** The thresholds that leave out a share of the inputs of each matrix. */
  static LayerLevel teal(
      ActivationStatistics statistics, int layer, Map<Projection, Double> shares) {
    return new LayerLevel(
        statistics.quantile(ATTENTION_INPUT, layer, shares.get(Projection.QUERY)),
        statistics.quantile(ATTENTION_INPUT, layer, shares.get(Projection.KEY)),
        statistics.quantile(ATTENTION_INPUT, layer, shares.get(Projection.VALUE)),
        statistics.quantile(ATTENTION_OUTPUT, layer, shares.get(Projection.OUTPUT)),
        statistics.quantile(FFN_INPUT, layer, shares.get(Projection.GATE)),
        statistics.quantile(FFN_INPUT, layer, shares.get(Projection.UP)),
        statistics.quantile(PRODUCT, layer, shares.get(Projection.DOWN)),
        0);
  }

  private Thresholds thresholds(ThresholdLevels found, int level) {
    return SparsityFile.thresholds(found.layers().get(level), found.upMeans(), config.ffnHidden());
  }

  private List<SparsityLevel> measured(
      ThresholdLevels found, Windows windows, ThresholdMethod method) {
    List<SparsityLevel> levels = new ArrayList<>();
    for (int level = 0; level < found.targets().size(); level++) {
      progress.at("measuring what is left out", (double) level / found.targets().size());
      Thresholds thresholds = thresholds(found, level);
      RealisedSparsity realised = new RealisedSparsity(config, thresholds);
      int count = Math.min(REALISED_WINDOWS, windows.count());
      windows.show(realised, count, thresholds, done -> {});
      levels.add(
          new ThresholdLevel(
              found.targets().get(level),
              realised.of(method.projections()),
              realised.of(EnumSet.allOf(Projection.class)),
              found.layers().get(level)));
    }
    return levels;
  }

  private List<SparsityLevel> skipping(
      SkipThreshold skipThreshold, FfnSkipping rule, List<Double> targets) {
    List<FfnSkipping> found =
        skipThreshold.find(
            rule,
            targets,
            done -> progress.at("trying what is skipped", (double) done / targets.size()));
    double ofAllWeights = Projection.share(ThresholdMethod.FFN_SKIP.projections(), config);
    List<SparsityLevel> levels = new ArrayList<>();
    for (int level = 0; level < found.size(); level++) {
      progress.at("measuring what is left out", (double) level / found.size());
      double realised = skipThreshold.share(found.get(level), SKIPPING_WINDOWS);
      levels.add(
          new SkippingLevel(
              targets.get(level), realised, realised * ofAllWeights, found.get(level)));
    }
    return levels;
  }
}
