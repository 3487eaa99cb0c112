package dev.lanewise.bench.quality;

import java.util.ArrayList;
import java.util.List;

/**
 * Single steps of a variant beside those of a base line, in turns and in short rounds, so that what
 * else the machine does hits both.
 *
 * @param speedUp median of the rounds' ratios, above 1 if the variant is faster
 * @param tokensPerSecond median of the variant
 */
public record SpeedRatio(double speedUp, double tokensPerSecond) {
  private static final int ROUNDS = 9;
  private static final int STEPS = 32;

  /** Before the first measurement: long enough for C2 to compile what runs here. */
  private static final long WARM_UP_NANOS = 3_000_000_000L;

  /** Steps through the tokens that follow the context of the text's first window, as they are. */
  static SpeedRatio measure(TextWindows text, Setting base, Setting variant) {
    variant.transformer().prepareSkipping(variant.sparsity().get());
    try (MeasuredSequence expected = new MeasuredSequence(base);
        MeasuredSequence sequence = new MeasuredSequence(variant)) {
      int context = text.contextLength();
      expected.read(text.tokens(), 0, context);
      sequence.read(text.tokens(), 0, context);
      long start = System.nanoTime();
      do {
        round(text, expected);
        round(text, sequence);
      } while (System.nanoTime() - start < WARM_UP_NANOS);
      List<Double> ratios = new ArrayList<>();
      List<Double> rates = new ArrayList<>();
      for (int i = 0; i < ROUNDS; i++) {
        double expectedRate = round(text, expected);
        double rate = round(text, sequence);
        ratios.add(rate / expectedRate);
        rates.add(rate);
      }
      return new SpeedRatio(median(ratios), median(rates));
    }
  }

  /** Tokens a second. */
  private static double round(TextWindows text, MeasuredSequence sequence) {
    int context = text.contextLength();
    int steps = Math.min(STEPS, text.length() - context);
    sequence.truncate(context);
    long begin = System.nanoTime();
    for (int i = 0; i < steps; i++) {
      sequence.step(text.tokens()[context + i]);
    }
    return steps / ((System.nanoTime() - begin) / 1e9);
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }
}
