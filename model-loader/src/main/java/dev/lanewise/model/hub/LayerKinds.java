package dev.lanewise.model.hub;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.model.UnsupportedModel;
import dev.lanewise.model.config.SlidingWindow;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * Which layers of a family have a window ({@code sliding_window}, {@code layer_types}), and which
 * no rotation ({@code no_rope_layers}).
 *
 * @param window whether there is one
 * @param period of so many layers in a row, all but one have it
 * @param global which of them that is, from 0 on
 * @param ropelessPeriod every so many layers, the last is without rotation; 0 for all with
 */
record LayerKinds(Window window, int period, int global, int ropelessPeriod) {
  /** When there is a window. */
  enum Window {
    /** Never, whatever {@code sliding_window} is. */
    NONE,
    /** If {@code sliding_window} is there. */
    IF_NAMED,
    /** Always: {@code local_attention}. */
    LOCAL_ATTENTION,
    /** If {@code use_sliding_window} is true; then in layers of any pattern. */
    IF_USED
  }

  static final LayerKinds ALL_FULL = of(Window.NONE, SlidingWindow.ALL);
  static final LayerKinds ALL_ALIKE = of(Window.IF_NAMED, SlidingWindow.ALL);
  static final LayerKinds AS_LISTED = of(Window.IF_USED, SlidingWindow.ALL);

  /** ModernBERT's: a window in two layers of three, but not in the first. */
  static final LayerKinds LOCAL_BETWEEN = new LayerKinds(Window.LOCAL_ATTENTION, 3, 0, 0);

  static LayerKinds withPeriod(int period) {
    return of(Window.IF_NAMED, period);
  }

  private static LayerKinds of(Window window, int period) {
    return new LayerKinds(window, period, period - 1, 0);
  }

  LayerKinds withRopelessPeriod(int other) {
    return new LayerKinds(window, period, global, other);
  }

  /** The window of the layers that have one. */
  Optional<Long> window(JsonFields config) {
    String key = window == Window.LOCAL_ATTENTION ? "local_attention" : "sliding_window";
    boolean named = window == Window.IF_NAMED || window == Window.LOCAL_ATTENTION;
    return named && config.has(key)
        ? Optional.of(ConfigKey.positive(config, key))
        : Optional.empty();
  }

  /**
   * Positions that are computed. Qwen's windows are only in some layers. Up to its length, a model
   * with a window computes what one without does, so that bounds the context.
   */
  long contextLength(JsonFields config, long length) {
    boolean bounded =
        window == Window.IF_USED
            && config.optBool("use_sliding_window").orElse(false)
            && config.has("sliding_window");
    return bounded ? Math.min(length, ConfigKey.positive(config, "sliding_window")) : length;
  }

  /**
   * Compares what the configuration lists with what is computed.
   *
   * @throws UnsupportedModel if a layer is of another kind
   */
  void check(JsonFields config, long layers) {
    if (window != Window.IF_USED) {
      boolean some = window(config).isPresent();
      checkList(
          config,
          "layer_types",
          layers,
          layer -> some && layer % period != global ? "sliding_attention" : "full_attention");
    }
    checkNumber(config, "sliding_window_pattern", period);
    checkNumber(config, "_sliding_window_pattern", period);
    checkNumber(config, "global_attn_every_n_layers", period);
    if (config.has("no_rope_layers")) {
      checkList(config, "no_rope_layers", layers, layer -> rotates(layer) ? "1" : "0");
    } else {
      checkNumber(config, "no_rope_layer_interval", ropelessPeriod);
    }
  }

  private boolean rotates(int layer) {
    return ropelessPeriod == 0 || (layer + 1) % ropelessPeriod != 0;
  }

  private static void checkNumber(JsonFields config, String name, int only) {
    if (config.has(name) && config.size(name) != only) {
      throw new UnsupportedModel(
          config.file(), name + " = " + config.node(name), Integer.toString(only));
    }
  }

  /**
   * Compares a list that has an element for each layer.
   *
   * @throws UnsupportedModel if an element is another one
   */
  private static void checkList(
      JsonFields config, String name, long layers, IntFunction<String> computed) {
    if (!config.has(name)) {
      return;
    }
    JsonNode list = config.node(name);
    if (!list.isArray() || list.size() != layers) {
      throw config.error(name, "should be a list of %d elements".formatted(layers));
    }
    for (int layer = 0; layer < list.size(); layer++) {
      String only = computed.apply(layer);
      if (!list.get(layer).asText().equals(only)) {
        throw new UnsupportedModel(
            config.file(), "%s[%d] = %s".formatted(name, layer, list.get(layer)), only);
      }
    }
  }
}
