package dev.lanewise.bench.load;

import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many tokens prompts or answers have. */
public sealed interface Lengths {
  /** A length of at least one token. */
  int draw(RandomGenerator random);

  /** All lengths from {@code least} to {@code most} are equally likely. */
  record Uniform(int least, int most) implements Lengths {
    @Override
    public int draw(RandomGenerator random) {
      return least + random.nextInt(most - least + 1);
    }
  }

  /** Many short and few long ones, exponential around {@code mean}, cut to 1 and 4 times it. */
  record Exponential(int mean) implements Lengths {
    @Override
    public int draw(RandomGenerator random) {
      double length = mean * random.nextExponential();
      return Math.clamp(Math.round(length), 1, 4 * mean);
    }
  }

  /**
   * Reads {@code N} (always N), {@code N-M} (uniform) or {@code ~N} (exponential around N).
   *
   * @throws IllegalArgumentException if it is none of these, or has lengths out of 1 to 1,000,000
   */
  static Lengths parse(String text) {
    Matcher parts = Pattern.compile("(~?)(\\d{1,7})(?:-(\\d{1,7}))?").matcher(text);
    if (!parts.matches() || (!parts.group(1).isEmpty() && parts.group(3) != null)) {
      throw new IllegalArgumentException(
          "'%s' is no length; write 100, 50-200 (uniform) or ~100 (exponential)".formatted(text));
    }
    int first = Integer.parseInt(parts.group(2));
    int last = parts.group(3) == null ? first : Integer.parseInt(parts.group(3));
    if (first < 1 || last < first || last > 1_000_000) {
      throw new IllegalArgumentException(
          "'%s' should be lengths from 1 to 1000000, the smaller one first".formatted(text));
    }
    return parts.group(1).isEmpty() ? new Uniform(first, last) : new Exponential(first);
  }
}
