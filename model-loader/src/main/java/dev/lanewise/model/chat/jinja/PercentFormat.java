package dev.lanewise.model.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Python's {@code format % values}. */
final class PercentFormat {
  private static final Pattern FIELD =
      Pattern.compile(
          "%(?:\\(([^)]*)\\))?([-+ 0#]*)([0-9]{0,9})(?:\\.([0-9]{0,9}))?[hlL]?(.)", Pattern.DOTALL);

  private final Text format;
  private final Value values;
  private final Run run;
  private int taken;

  private PercentFormat(Text format, Value values, Run run) {
    this.format = format;
    this.values = values;
    this.run = run;
  }

  /**
   * @param values a tuple of as many values as the format has fields, a dict for named fields, or a
   *     single value
   */
  static Text format(Text format, Value values, Run run) {
    return new PercentFormat(format, values, run).format();
  }

  private Text format() {
    TextBuilder result = new TextBuilder();
    String chars = format.chars();
    Matcher field = FIELD.matcher(chars);
    int position = 0;
    for (int percent = chars.indexOf('%'); percent >= 0; percent = chars.indexOf('%', position)) {
      result.append(format, position, percent);
      if (!field.region(percent, chars.length()).lookingAt()) {
        throw new Fault("incomplete format");
      }
      if (field.group(5).equals("%")) {
        result.append(format, percent, percent + 1);
      } else {
        result.append(field(field));
      }
      position = field.end();
    }
    result.append(format, position, chars.length());
    boolean several = values instanceof Sequence sequence && sequence.kind().isTuple();
    if (taken < available() && (several || !(values instanceof Mapping))) {
      throw new Fault("not all arguments converted during string formatting");
    }
    return result.text();
  }

  private Text field(Matcher field) {
    Value value = field.group(1) == null ? next() : named(field.group(1));
    String flags = field.group(2);
    boolean left = flags.indexOf('-') >= 0;
    boolean zero = flags.indexOf('0') >= 0 && !left;
    char type = field.group(5).charAt(0);
    boolean textual = type == 's' || type == 'r' || type == 'a';
    FormatSpec spec =
        new FormatSpec(
            zero && !textual ? "0" : " ",
            left ? '<' : zero && !textual ? '=' : '>',
            flags.indexOf('+') >= 0 ? '+' : flags.indexOf(' ') >= 0 ? ' ' : '-',
            flags.indexOf('#') >= 0,
            field.group(3).isEmpty() ? 0 : Integer.parseInt(field.group(3)),
            false,
            precision(field.group(4), textual || "eEfFgG".indexOf(type) >= 0),
            textual ? 's' : type == 'i' || type == 'u' ? 'd' : type);
    run.spend(value.size());
    return spec.format(converted(value, type));
  }

  /**
   * Only floats and texts have a precision here; for integers Python pads with zeros, which no
   * template needs.
   */
  private static int precision(String digits, boolean allowed) {
    if (digits == null || !allowed) {
      return -1;
    }
    return digits.isEmpty() ? 0 : Integer.parseInt(digits);
  }

  private static Value converted(Value value, char type) {
    return switch (type) {
      case 's' -> Printer.text(value);
      case 'r', 'a' -> {
        TextBuilder quoted = new TextBuilder();
        Printer.repr(value, quoted);
        yield quoted.text();
      }
      case 'd', 'i', 'u' -> {
        if (value instanceof Real real && Double.isFinite(real.value())) {
          yield new Int(new BigDecimal(real.value()).toBigInteger(), real.template());
        }
        yield number(value, type);
      }
      case 'c' -> {
        if (value instanceof Text text && text.codePoints() == 1) {
          yield new Int(BigInteger.valueOf(text.chars().codePointAt(0)), text.template());
        }
        yield number(value, type);
      }
      default -> number(value, type);
    };
  }

  private static Value number(Value value, char type) {
    if (!Numbers.isNumber(value)) {
      throw new Fault("%" + type + " format: a real number is required, not " + value.typeName());
    }
    return value;
  }

  private Value next() {
    if (taken >= available()) {
      throw new Fault("not enough arguments for format string");
    }
    Value value =
        values instanceof Sequence sequence && sequence.kind().isTuple()
            ? sequence.elements().get(taken)
            : values;
    taken++;
    return value;
  }

  private int available() {
    return values instanceof Sequence sequence && sequence.kind().isTuple()
        ? sequence.elements().size()
        : 1;
  }

  private Value named(String name) {
    if (!(values instanceof Mapping mapping)) {
      throw new Fault("format requires a mapping");
    }
    Value value = mapping.get(Text.template(name));
    if (value == null) {
      throw new Fault("no value for format field '" + name + "'");
    }
    return value;
  }

  /**
   * What the filter {@code format} passes: the named values if there are any, else the tuple of the
   * others.
   */
  static Value values(Arguments arguments) {
    List<Value> positional = arguments.positional();
    if (arguments.named().isEmpty()) {
      return new Sequence(Sequence.Kind.TUPLE, positional);
    }
    if (!positional.isEmpty()) {
      throw new Fault("can't handle positional and keyword arguments at the same time");
    }
    return Globals.dict(arguments.named());
  }
}
