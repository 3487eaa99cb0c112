package dev.lanewise.engine.grammar;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A set of Unicode characters, without surrogates.
 *
 * @param ranges in rising order, with gaps between them
 */
public record Characters(List<Range> ranges) {
  /** Every character. */
  public static final Characters ALL = of(new Range(0, Character.MAX_CODE_POINT));

  /** Code points from {@code first} to {@code last}. */
  public record Range(int first, int last) {
    public Range {
      if (first < 0 || last > Character.MAX_CODE_POINT || first > last) {
        throw new IllegalArgumentException("no characters: " + first + " to " + last);
      }
    }
  }

  public Characters {
    ranges = normalised(ranges);
  }

  /** The characters of some ranges, which may overlap. */
  public static Characters of(Range... ranges) {
    return new Characters(List.of(ranges));
  }

  /** These characters. */
  public static Characters of(String characters) {
    return new Characters(characters.codePoints().mapToObj(c -> new Range(c, c)).toList());
  }

  /** These characters and those of another set. */
  public Characters and(Characters other) {
    List<Range> all = new ArrayList<>(ranges);
    all.addAll(other.ranges);
    return new Characters(all);
  }

  /** All characters that are not in the set. */
  public Characters others() {
    List<Range> others = new ArrayList<>();
    int next = 0;
    for (Range range : ranges) {
      if (range.first > next) {
        others.add(new Range(next, range.first - 1));
      }
      next = range.last + 1;
    }
    if (next <= Character.MAX_CODE_POINT) {
      others.add(new Range(next, Character.MAX_CODE_POINT));
    }
    return new Characters(others);
  }

  /** These characters without those of another set. */
  public Characters without(Characters other) {
    return others().and(other).others();
  }

  /** Whether a character is in the set. */
  public boolean contains(int codePoint) {
    for (Range range : ranges) {
      if (codePoint >= range.first && codePoint <= range.last) {
        return true;
      }
    }
    return false;
  }

  private static List<Range> normalised(List<Range> ranges) {
    List<Range> sorted = new ArrayList<>();
    for (Range range : ranges) {
      addWithoutSurrogates(range, sorted);
    }
    sorted.sort(Comparator.comparingInt(Range::first));
    List<Range> merged = new ArrayList<>();
    for (Range range : sorted) {
      Range before = merged.isEmpty() ? null : merged.getLast();
      if (before != null && range.first <= before.last + 1) {
        merged.set(merged.size() - 1, new Range(before.first, Math.max(before.last, range.last)));
      } else {
        merged.add(range);
      }
    }
    return List.copyOf(merged);
  }

  /** Surrogates are no characters: UTF-8 has no bytes for them. */
  private static void addWithoutSurrogates(Range range, List<Range> to) {
    if (range.first < Character.MIN_SURROGATE) {
      to.add(new Range(range.first, Math.min(range.last, Character.MIN_SURROGATE - 1)));
    }
    if (range.last > Character.MAX_SURROGATE) {
      to.add(new Range(Math.max(range.first, Character.MAX_SURROGATE + 1), range.last));
    }
  }
}
