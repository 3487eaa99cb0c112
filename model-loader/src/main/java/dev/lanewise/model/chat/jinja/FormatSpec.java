package dev.lanewise.model.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How one value is formatted: Python's format specification, which {@code %} formats translate to.
 *
 * @param fill a character as a text
 * @param align {@code < > ^ =}, or a blank for what the type is aligned by
 * @param sign {@code + -} or blank
 * @param precision -1 for none
 * @param type the presentation type, a blank for none
 */
record FormatSpec(
    String fill,
    char align,
    char sign,
    boolean alternate,
    int width,
    boolean grouped,
    int precision,
    char type) {
  private static final Pattern SPEC =
      Pattern.compile(
          "(?:(.)?([<>=^]))?([-+ ])?(#)?(0)?([0-9]{0,9})(,)?(?:\\.([0-9]{1,9}))?([a-zA-Z%])?",
          Pattern.DOTALL);

  /** The most digits of a number after the point; a float has no more than this. */
  private static final int MAX_PRECISION = 1100;

  static FormatSpec parse(String spec) {
    Matcher matcher = SPEC.matcher(spec);
    if (!matcher.matches()) {
      throw new Fault("Invalid format specifier '" + spec + "'");
    }
    boolean zero = matcher.group(5) != null;
    String align = matcher.group(2);
    String fill = matcher.group(1);
    return new FormatSpec(
        fill != null ? fill : zero ? "0" : " ",
        align != null ? align.charAt(0) : zero ? '=' : ' ',
        matcher.group(3) == null ? '-' : matcher.group(3).charAt(0),
        matcher.group(4) != null,
        matcher.group(6).isEmpty() ? 0 : Integer.parseInt(matcher.group(6)),
        matcher.group(7) != null,
        matcher.group(8) == null ? -1 : Integer.parseInt(matcher.group(8)),
        matcher.group(9) == null ? ' ' : matcher.group(9).charAt(0));
  }

  Text format(Value value) {
    if (Numbers.isNumber(value) && !(value instanceof Bool && type == ' ')) {
      return number(value);
    }
    if (type != 's' && type != ' ') {
      throw new Fault(
          "Unknown format code '" + type + "' for object of type '" + value.typeName() + "'");
    }
    Text text = Printer.text(value);
    if (precision >= 0 && precision < text.codePoints()) {
      text = text.slice(0, text.chars().offsetByCodePoints(0, precision));
    }
    return padded(Text.EMPTY, text, align == ' ' || align == '=' ? '<' : align);
  }

  private Text number(Value value) {
    if (precision > MAX_PRECISION) {
      throw new Fault("precision too big");
    }
    boolean real = value instanceof Real || "eEfFgG%".indexOf(type) >= 0;
    boolean negative = real ? Numbers.real(value) < 0 : Numbers.integer(value).signum() < 0;
    String digits =
        real ? real(Math.abs(Numbers.real(value))) : integer(Numbers.integer(value).abs());
    String mark = negative ? "-" : sign == '-' ? "" : String.valueOf(sign);
    Text body = Text.of(grouped ? grouped(digits) : digits, value.template());
    return padded(Text.of(mark, value.template()), body, align == ' ' ? '>' : align);
  }

  private String integer(BigInteger number) {
    return switch (type) {
      case ' ', 'd', 'n' -> number.toString();
      case 'b' -> (alternate ? "0b" : "") + number.toString(2);
      case 'o' -> (alternate ? "0o" : "") + number.toString(8);
      case 'x' -> (alternate ? "0x" : "") + number.toString(16);
      case 'X' -> (alternate ? "0X" : "") + number.toString(16).toUpperCase(Locale.ROOT);
      case 'c' -> {
        if (number.compareTo(BigInteger.valueOf(Character.MAX_CODE_POINT)) > 0) {
          throw new Fault("no character has the number " + number);
        }
        yield Character.toString(number.intValue());
      }
      default -> throw new Fault("Unknown format code '" + type + "' for object of type 'int'");
    };
  }

  private String real(double number) {
    if (!Double.isFinite(number)) {
      return Printer.real(number) + (type == '%' ? "%" : "");
    }
    int digits = precision < 0 ? 6 : precision;
    return switch (type) {
      case 'f', 'F' -> fixed(new BigDecimal(number), digits);
      case '%' -> fixed(new BigDecimal(number).movePointRight(2), digits) + "%";
      case 'e' -> exponential(number, digits);
      case 'E' -> exponential(number, digits).toUpperCase(Locale.ROOT);
      case 'g' -> general(number, Math.max(digits, 1));
      case 'G' -> general(number, Math.max(digits, 1)).toUpperCase(Locale.ROOT);
      case ' ' -> precision < 0 ? Printer.real(number) : general(number, Math.max(digits, 1));
      default -> throw new Fault("Unknown format code '" + type + "' for object of type 'float'");
    };
  }

  private static String fixed(BigDecimal number, int digits) {
    return number.setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
  }

  private static String exponential(double number, int digits) {
    BigDecimal rounded =
        new BigDecimal(number).round(new MathContext(digits + 1, RoundingMode.HALF_EVEN));
    int exponent = rounded.signum() == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
    String mantissa =
        rounded.movePointLeft(exponent).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    return mantissa + String.format(Locale.ROOT, "e%+03d", exponent);
  }

  private static String general(double number, int digits) {
    BigDecimal rounded =
        new BigDecimal(number).round(new MathContext(digits, RoundingMode.HALF_EVEN));
    int exponent = rounded.signum() == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
    if (exponent >= -4 && exponent < digits) {
      return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
    }
    return exponential(number, digits - 1).replaceFirst("\\.?0*e", "e");
  }

  private static String grouped(String digits) {
    int end = 0;
    while (end < digits.length() && Character.isDigit(digits.charAt(end))) {
      end++;
    }
    StringBuilder result = new StringBuilder(digits);
    for (int i = end - 3; i > 0; i -= 3) {
      result.insert(i, ',');
    }
    return result.toString();
  }

  private Text padded(Text mark, Text body, char side) {
    int missing = width - mark.codePoints() - body.codePoints();
    if (missing <= 0) {
      return mark.plus(body);
    }
    Text padding = Text.of(fill, body.template());
    int before =
        switch (side) {
          case '<' -> 0;
          case '^' -> missing / 2;
          default -> missing;
        };
    TextBuilder result = new TextBuilder();
    result.reserve(width);
    if (side == '=') {
      result.append(mark).append(padding.times(before)).append(body);
    } else {
      result.append(padding.times(before)).append(mark).append(body);
    }
    return result.append(padding.times(missing - before)).text();
  }
}
