package dev.lanewise.bench.quality;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ObjDoubleConsumer;

/** Compares variants of a model with a base line, on one text. */
public final class QualityComparison {
  private final TextWindows text;
  private final Continuations continuations;
  private final boolean speed;
  private final ObjDoubleConsumer<String> progress;

  /**
   * On this text.
   *
   * @param context the most tokens that the models compute
   * @param speed whether speed is measured too
   * @param progress told what is going on, and the part of it that is done
   * @throws IllegalArgumentException if the context has no room for continuations
   */
  public QualityComparison(
      TextWindows text, int context, boolean speed, ObjDoubleConsumer<String> progress) {
    this.text = text;
    this.speed = speed;
    this.progress = progress;
    continuations = new Continuations(text);
    if (continuations.context() > context) {
      throw new IllegalArgumentException(
          "continuing half a window needs a context of %d tokens, and it is %d"
              .formatted(continuations.context(), context));
    }
  }

  /** How many texts are continued. */
  public int continuations() {
    return continuations.count();
  }

  /** Tokens of each continuation. */
  public int continuationLength() {
    return Continuations.TOKENS;
  }

  /**
   * What was found.
   *
   * @param variants in their order, compared with the base line
   */
  public record Result(Quality base, List<Quality> variants) {}

  /** Measures all, with models of one vocabulary. */
  public Result compare(Setting base, List<Setting> variants) {
    try (WindowScores scores = new WindowScores(text, base, variants)) {
      scores.compute(done -> progress.accept("comparing windows", (double) done / text.count()));
      double[] sameContinuation =
          continuations.agreement(base, variants, done -> progress.accept("continuing", done));
      List<Optional<SpeedRatio>> speeds = speeds(base, variants);
      List<Quality> qualities = new ArrayList<>();
      for (int v = 0; v < variants.size(); v++) {
        Quality.Difference difference =
            new Quality.Difference(
                scores.perplexity(v).value() / scores.base().value() - 1,
                scores.divergence(v),
                sameContinuation[v],
                speeds.get(v));
        qualities.add(new Quality(scores.perplexity(v), Optional.of(difference)));
      }
      return new Result(new Quality(scores.base(), Optional.empty()), qualities);
    }
  }

  private List<Optional<SpeedRatio>> speeds(Setting base, List<Setting> variants) {
    List<Optional<SpeedRatio>> speeds = new ArrayList<>();
    for (Setting variant : variants) {
      if (speed) {
        progress.accept("timing", (double) speeds.size() / variants.size());
        speeds.add(Optional.of(SpeedRatio.measure(text, base, variant)));
      } else {
        speeds.add(Optional.empty());
      }
    }
    return speeds;
  }
}
