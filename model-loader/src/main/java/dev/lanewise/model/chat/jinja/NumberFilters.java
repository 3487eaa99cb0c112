package dev.lanewise.model.chat.jinja;

import dev.lanewise.model.chat.jinja.Arguments.Bound;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Filters on numbers. */
final class NumberFilters {
  private static final Pattern REAL =
      Pattern.compile("[-+]?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][-+]?[0-9]{1,6})?");

  private NumberFilters() {}

  static Map<String, Filter> all() {
    return Map.of(
        "int", NumberFilters::integer,
        "float", NumberFilters::real,
        "abs", NumberFilters::abs,
        "round", NumberFilters::round);
  }

  private static Value integer(Value subject, Arguments arguments, Run run) {
    Bound bound = arguments.bind("int", 0, "default", "base");
    Value fallback = bound.or(0, Int.of(0));
    return switch (subject) {
      case Undefined undefined -> throw undefined.fault();
      case Text text -> {
        Optional<BigInteger> whole = whole(text, bound.integer(1, 10));
        yield whole.isPresent()
            ? new Int(whole.get(), text.template())
            : real(text).map(number -> truncated(number, fallback)).orElse(fallback);
      }
      case Real real -> truncated(real, fallback);
      case Value number when Numbers.isInteger(number) ->
          new Int(Numbers.integer(number), number.template());
      default -> fallback;
    };
  }

  private static Value truncated(Real number, Value fallback) {
    return Double.isFinite(number.value())
        ? new Int(new BigDecimal(number.value()).toBigInteger(), number.template())
        : fallback;
  }

  private static Optional<BigInteger> whole(Text text, int base) {
    String digits =
        Stripping.strip(text, Spaces::isSpace, true, true)
            .chars()
            .replaceAll("(?<=[0-9a-zA-Z])_(?=[0-9a-zA-Z])", "");
    String prefix =
        switch (base) {
          case 2 -> "0b";
          case 8 -> "0o";
          case 16 -> "0x";
          default -> "";
        };
    boolean signed = digits.startsWith("-") || digits.startsWith("+");
    String sign = digits.startsWith("-") ? "-" : "";
    String plain = signed ? digits.substring(1) : digits;
    if (!prefix.isEmpty() && plain.toLowerCase(Locale.ROOT).startsWith(prefix)) {
      plain = plain.substring(2);
    }
    if (base < Character.MIN_RADIX
        || base > Character.MAX_RADIX
        || plain.isEmpty()
        || plain.length() > Limits.INTEGER_BITS / 6
        || plain.chars().anyMatch(c -> Character.digit(c, base) < 0)) {
      return Optional.empty();
    }
    return Optional.of(new BigInteger(sign + plain, base));
  }

  private static Optional<Real> real(Text text) {
    String number = Stripping.strip(text, Spaces::isSpace, true, true).chars();
    return number.length() < 1000 && REAL.matcher(number).matches()
        ? Optional.of(new Real(Double.parseDouble(number), text.template()))
        : Optional.empty();
  }

  private static Value real(Value subject, Arguments arguments, Run run) {
    Value fallback = arguments.bind("float", 0, "default").or(0, new Real(0, true));
    return switch (subject) {
      case Undefined undefined -> throw undefined.fault();
      case Text text -> real(text).map(Value.class::cast).orElse(fallback);
      case Value number when Numbers.isNumber(number) ->
          new Real(Numbers.real(number), number.template());
      default -> fallback;
    };
  }

  private static Value abs(Value subject, Arguments arguments, Run run) {
    arguments.bind("abs", 0);
    return switch (subject) {
      case Real real -> new Real(Math.abs(real.value()), real.template());
      case Undefined undefined -> throw undefined.fault();
      default -> new Int(Numbers.integer(subject).abs(), subject.template());
    };
  }

  private static Value round(Value subject, Arguments arguments, Run run) {
    Bound bound = arguments.bind("round", 0, "precision", "method");
    int precision = Math.clamp(bound.integer(0, 0), -400, 400);
    String method = bound.text(1, Text.template("common")).chars();
    RoundingMode mode =
        switch (method) {
          case "common" -> RoundingMode.HALF_EVEN;
          case "ceil" -> RoundingMode.CEILING;
          case "floor" -> RoundingMode.FLOOR;
          default -> throw new Fault("method must be common, ceil or floor");
        };
    if (method.equals("common") && Numbers.isInteger(subject)) {
      BigDecimal rounded =
          new BigDecimal(Numbers.integer(subject)).setScale(Math.min(precision, 0), mode);
      return new Int(rounded.toBigInteger(), subject.template());
    }
    double number = Numbers.real(subject);
    if (!Double.isFinite(number)) {
      return subject;
    }
    // ceil and floor scale the float first, as Jinja2 does, so that 1.1 to one place stays 1.1
    double scale = Math.pow(10, precision);
    double rounded =
        switch (mode) {
          case CEILING -> Math.ceil(number * scale) / scale;
          case FLOOR -> Math.floor(number * scale) / scale;
          default -> new BigDecimal(number).setScale(precision, mode).doubleValue();
        };
    return new Real(rounded, subject.template());
  }
}
