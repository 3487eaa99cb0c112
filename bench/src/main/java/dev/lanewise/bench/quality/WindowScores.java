package dev.lanewise.bench.quality;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Scores the windows of a text with a base line and with variants, which are compared with it. All
 * of them read a window side by side, so that the logits of a few tokens are held at a time and
 * never those of a text. The logits of a row of tokens are scored by all cores, and added up in
 * their order.
 */
final class WindowScores implements AutoCloseable {
  /** Rows of logits held at a time, twice: 128 of 128,000 tokens take 66 MB. */
  private static final int ROWS = 128;

  private final TextWindows text;
  private final int vocabulary;
  private final Scored base;
  private final List<Scored> variants;

  /** Of settings whose models have the same vocabulary. */
  WindowScores(TextWindows text, Setting base, List<Setting> variants) {
    this.text = text;
    vocabulary = base.vocabulary();
    this.base = new Scored(base, 0);
    int scored = Math.multiplyExact(text.count(), text.scored());
    this.variants = variants.stream().map(variant -> new Scored(variant, scored)).toList();
  }

  /** A setting on its way through the text, and what it has reached. */
  private static final class Scored {
    final MeasuredSequence sequence;
    final PerplexitySums sums = new PerplexitySums();
    final double[] kl;
    int compared;
    int same;

    Scored(Setting setting, int comparisons) {
      sequence = new MeasuredSequence(setting);
      kl = new double[comparisons];
    }
  }

  /**
   * Computes all windows.
   *
   * @param progress told the number of windows that are done, after each
   */
  void compute(IntConsumer progress) {
    for (int w = 0; w < text.count(); w++) {
      computeWindow(text.start(w));
      progress.accept(w + 1);
    }
  }

  private void computeWindow(int start) {
    int context = text.contextLength();
    for (Scored scored : all()) {
      scored.sequence.restart();
      scored.sequence.read(text.tokens(), start, context);
    }
    for (int done = 0; done < text.scored(); done += ROWS) {
      int from = start + context + done;
      int count = Math.min(ROWS, text.scored() - done);
      float[] expected = base.sequence.readForAllLogits(text.tokens(), from, count);
      score(base, expected, from, count);
      for (Scored variant : variants) {
        float[] logits = variant.sequence.readForAllLogits(text.tokens(), from, count);
        score(variant, logits, from, count);
        compare(variant, expected, logits, count);
      }
    }
  }

  /** Each token is scored by the logits after the one before it. */
  private void score(Scored scored, float[] logits, int from, int count) {
    int[] tokens = text.tokens();
    double[] nll =
        IntStream.range(0, count)
            .parallel()
            .mapToDouble(
                row -> {
                  int offset = row * vocabulary;
                  double logSum = LogSoftmax.logSum(logits, offset, vocabulary);
                  return logSum - logits[offset + tokens[from + row + 1]];
                })
            .toArray();
    for (double each : nll) {
      scored.sums.add(each);
    }
  }

  private void compare(Scored variant, float[] expected, float[] logits, int count) {
    int first = variant.compared;
    IntStream.range(0, count)
        .parallel()
        .forEach(
            row ->
                variant.kl[first + row] =
                    Divergence.kl(expected, logits, row * vocabulary, vocabulary));
    variant.compared += count;
    for (int offset = 0; offset < count * vocabulary; offset += vocabulary) {
      if (LogSoftmax.likeliest(expected, offset, vocabulary)
          == LogSoftmax.likeliest(logits, offset, vocabulary)) {
        variant.same++;
      }
    }
  }

  /** The perplexity of the base line. */
  Perplexity base() {
    return base.sums.result(text.count());
  }

  /** The perplexity of a variant. */
  Perplexity perplexity(int variant) {
    return variants.get(variant).sums.result(text.count());
  }

  /** How far a variant is from the base line. */
  Divergence divergence(int variant) {
    Scored compared = variants.get(variant);
    return Divergence.of(compared.kl, compared.same);
  }

  private List<Scored> all() {
    List<Scored> all = new ArrayList<>();
    all.add(base);
    all.addAll(variants);
    return all;
  }

  @Override
  public void close() {
    all().forEach(scored -> scored.sequence.close());
  }
}
