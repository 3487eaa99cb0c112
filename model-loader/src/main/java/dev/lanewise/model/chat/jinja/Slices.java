package dev.lanewise.model.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/** Python's {@code subject[from:to:step]}. */
final class Slices {
  private Slices() {}

  /**
   * A part of a list, a tuple or a text; bounds may be None. Of anything else, Undefined, as in
   * Jinja2.
   */
  static Value slice(Value subject, Value from, Value to, Value step) {
    int stride = step instanceof None ? 1 : Numbers.clamped(step);
    if (stride == 0) {
      throw new Fault("slice step cannot be zero");
    }
    return switch (subject) {
      case Sequence sequence when !sequence.kind().isView() -> {
        Range range = Range.of(from, to, stride, sequence.elements().size());
        Sequence.Kind kind = sequence.kind().isTuple() ? Sequence.Kind.TUPLE : Sequence.Kind.LIST;
        yield new Sequence(kind, part(sequence.elements(), range));
      }
      case Text text -> part(text, Range.of(from, to, stride, text.codePoints()));
      case Undefined undefined -> throw undefined.fault();
      default -> throw new Fault("'" + subject.typeName() + "' object cannot be sliced");
    };
  }

  private static List<Value> part(List<Value> elements, Range range) {
    if (range.step == 1) {
      return elements.subList(range.from, Math.max(range.from, range.to));
    }
    List<Value> part = new ArrayList<>();
    for (long i = range.from; range.reaches(i); i += range.step) {
      part.add(elements.get((int) i));
    }
    return part;
  }

  private static Text part(Text text, Range range) {
    String chars = text.chars();
    int from = chars.offsetByCodePoints(0, Math.max(0, range.from));
    if (range.step == 1) {
      int count = Math.max(0, range.to - range.from);
      return text.slice(from, chars.offsetByCodePoints(from, count));
    }
    TextBuilder part = new TextBuilder();
    int offset = from;
    for (long i = range.from; range.reaches(i); i += range.step) {
      offset = i == range.from ? from : chars.offsetByCodePoints(offset, range.step);
      part.append(text, offset, chars.offsetByCodePoints(offset, 1));
    }
    return part.text();
  }

  /**
   * The positions a slice visits: from {@code from} by {@code step} as long as {@code to} is not
   * reached.
   */
  private record Range(int from, int to, int step) {
    static Range of(Value from, Value to, int step, int length) {
      int low = step > 0 ? 0 : -1;
      int high = step > 0 ? length : length - 1;
      int begin = from instanceof None ? (step > 0 ? low : high) : bound(from, length, low, high);
      int end = to instanceof None ? (step > 0 ? high : low) : bound(to, length, low, high);
      return new Range(begin, end, step);
    }

    private static int bound(Value value, int length, int low, int high) {
      long index = Numbers.clamped(value);
      return Math.clamp(index < 0 ? index + length : index, low, Math.max(low, high));
    }

    boolean reaches(long index) {
      return step > 0 ? index < to : index > to;
    }
  }
}
