package dev.lanewise.model.chat.jinja;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Locale;

/** Python's {@code str()} and {@code repr()}. */
final class Printer {
  private Printer() {}

  /** {@code str(value)}. */
  static Text text(Value value) {
    if (value instanceof Text text) {
      return text;
    }
    TextBuilder result = new TextBuilder();
    print(value, result);
    return result.text();
  }

  /** Appends {@code str(value)}. */
  static void print(Value value, TextBuilder output) {
    switch (value) {
      case Text text -> output.append(text);
      case Undefined _ -> {}
      default -> repr(value, output);
    }
  }

  /**
   * Appends {@code repr(value)}. What is not a text itself counts as the conversation's if any part
   * of the value is.
   */
  static void repr(Value value, TextBuilder output) {
    switch (value) {
      case Text text -> quoted(text, output);
      case Sequence sequence -> sequence(sequence, output);
      case Mapping mapping -> mapping(mapping, output);
      default -> output.append(word(value), value.template());
    }
  }

  private static String word(Value value) {
    return switch (value) {
      case None _ -> "None";
      case Bool bool -> bool.truth() ? "True" : "False";
      case Int number -> number.value().toString();
      case Real number -> real(number.value());
      case Function function -> "<function " + function.name() + ">";
      case Macro macro -> "<Macro '" + macro.name() + "'>";
      default -> "<" + value.typeName() + ">";
    };
  }

  /**
   * A float as Python prints it: the shortest digits that give it back, with an exponent below 1e-4
   * and from 1e16 on.
   */
  static String real(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value > 0 ? "0.0" : "-0.0";
    }
    BigDecimal decimal = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    BigDecimal oneDigit = decimal.round(new MathContext(1));
    if (oneDigit.doubleValue() == value) {
      decimal = oneDigit; // Java prints two digits of the smallest floats, Python one
    }
    int exponent = decimal.precision() - decimal.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      String plain = decimal.toPlainString();
      return plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }
    String digits = decimal.unscaledValue().abs().toString();
    return (value < 0 ? "-" : "")
        + digits.charAt(0)
        + (digits.length() > 1 ? "." + digits.substring(1) : "")
        + String.format(Locale.ROOT, "e%+03d", exponent);
  }

  private static void sequence(Sequence sequence, TextBuilder output) {
    boolean template = sequence.template();
    List<Value> elements = sequence.elements();
    boolean tuple = sequence.kind().isTuple();
    boolean view = sequence.kind().isView();
    output.append(tuple ? "(" : view ? sequence.typeName() + "([" : "[", template);
    for (int i = 0; i < elements.size(); i++) {
      output.append(i == 0 ? "" : ", ", template);
      repr(elements.get(i), output);
    }
    String close = tuple ? (elements.size() == 1 ? ",)" : ")") : view ? "])" : "]";
    output.append(close, template);
  }

  private static void mapping(Mapping mapping, TextBuilder output) {
    boolean template = mapping.template();
    output.append("{", template);
    String separator = "";
    for (var entry : mapping.entries().entrySet()) {
      output.append(separator, template);
      repr(entry.getKey(), output);
      output.append(": ", template);
      repr(entry.getValue(), output);
      separator = ", ";
    }
    output.append("}", template);
  }

  private static void quoted(Text text, TextBuilder output) {
    String chars = text.chars();
    char quote = chars.indexOf('\'') >= 0 && chars.indexOf('"') < 0 ? '"' : '\'';
    boolean template = text.template();
    output.append(String.valueOf(quote), template);
    for (int i = 0; i < chars.length(); ) {
      int c = chars.codePointAt(i);
      int next = i + Character.charCount(c);
      String escape = escape(c, quote);
      if (escape == null) {
        output.append(text, i, next);
      } else {
        output.append(escape, text.isTemplateAt(i));
      }
      i = next;
    }
    output.append(String.valueOf(quote), template);
  }

  /** The escape of a character; null if it stands for itself. */
  private static String escape(int c, char quote) {
    return switch (c) {
      case '\\' -> "\\\\";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> {
        if (c == quote) {
          yield "\\" + quote;
        }
        if (isPrintable(c)) {
          yield null;
        }
        String format = c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x";
        yield String.format(Locale.ROOT, format, c);
      }
    };
  }

  private static boolean isPrintable(int c) {
    if (c < 0x7f) {
      return c >= 0x20;
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SPACE_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
