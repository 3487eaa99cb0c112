package dev.lanewise.server.cli;

import dev.lanewise.bench.quality.Quality;
import dev.lanewise.bench.quality.QualityComparison;
import dev.lanewise.bench.quality.QualityRow;
import dev.lanewise.bench.quality.Setting;
import dev.lanewise.engine.Engine;
import dev.lanewise.engine.sparse.Sparsity;
import dev.lanewise.engine.sparse.SparsityChoice;
import dev.lanewise.math.format.BlockFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Measures combinations of options. The model with the weights of the first combination stays
 * loaded; beside it one other at a time is.
 */
final class QualityRun {
  /** Loads the model with other weights. */
  interface Loader {
    Engine load(Optional<BlockFormat> weights) throws IOException;
  }

  private final List<Combination> combinations;
  private final Combination first;
  private final Engine firstEngine;
  private final Loader loader;
  private final QualityComparison comparison;
  private final Map<SparsityChoice, Supplier<Sparsity>> sparsity = new HashMap<>();
  private final Map<Combination, Quality> qualities = new HashMap<>();

  /**
   * Of these combinations.
   *
   * @param first the model with the weights of the first one
   * @throws IOException if a file that says what is left out cannot be read
   */
  QualityRun(
      List<Combination> combinations, Engine first, Loader loader, QualityComparison comparison)
      throws IOException {
    this.combinations = combinations;
    this.first = combinations.getFirst();
    firstEngine = first;
    this.loader = loader;
    this.comparison = comparison;
    for (Combination each : combinations) {
      sparsity.put(
          each.sparsity(), each.sparsity().forSequencesOf(first.modelPath(), first.config()));
    }
  }

  /** Measures all of them; a row for each, in their order. */
  List<QualityRow> run() throws IOException {
    for (Optional<BlockFormat> weights :
        combinations.stream().map(Combination::weights).distinct().toList()) {
      if (weights.equals(first.weights())) {
        measure(weights, firstEngine);
      } else {
        try (Engine other = loader.load(weights)) {
          measure(weights, other);
        }
      }
    }
    return rows();
  }

  /** What has the same reference is computed beside it. */
  private void measure(Optional<BlockFormat> weights, Engine engine) {
    Map<Combination, List<Combination>> byReference =
        combinations.stream()
            .filter(each -> each.weights().equals(weights))
            .collect(
                Collectors.groupingBy(
                    each -> each.reference(first), LinkedHashMap::new, Collectors.toList()));
    byReference.forEach(
        (reference, compared) -> {
          List<Combination> variants =
              compared.stream().filter(each -> !each.equals(reference)).toList();
          QualityComparison.Result result =
              comparison.compare(
                  setting(reference, engine),
                  variants.stream().map(each -> setting(each, engine)).toList());
          qualities.putIfAbsent(reference, result.base());
          for (int v = 0; v < variants.size(); v++) {
            qualities.put(variants.get(v), result.variants().get(v));
          }
        });
  }

  private Setting setting(Combination combination, Engine engine) {
    Engine its = combination.weights().equals(first.weights()) ? firstEngine : engine;
    return new Setting(
        its.transformer(), combination.kvCache(), sparsity.get(combination.sparsity()));
  }

  private List<QualityRow> rows() {
    List<QualityRow> rows = new ArrayList<>();
    for (Combination each : combinations) {
      int against = combinations.indexOf(each.reference(first)) + 1;
      rows.add(
          new QualityRow(
              rows.size() + 1,
              each.weightsName(),
              each.kvCache().name(),
              each.sparsity(),
              each.equals(first) ? OptionalInt.empty() : OptionalInt.of(against),
              qualities.get(each)));
    }
    return rows;
  }
}
