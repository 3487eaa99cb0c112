package dev.lanewise.model.chat.jinja;

import java.math.BigInteger;

/** Python's {@code format.format(...)}. */
final class BraceFormat {
  private final Text format;
  private final Arguments arguments;
  private final Run run;
  private int automatic;
  private boolean numbered;

  private BraceFormat(Text format, Arguments arguments, Run run) {
    this.format = format;
    this.arguments = arguments;
    this.run = run;
  }

  static Text format(Text format, Arguments arguments, Run run) {
    return new BraceFormat(format, arguments, run).format();
  }

  private Text format() {
    TextBuilder result = new TextBuilder();
    String chars = format.chars();
    int position = 0;
    while (position < chars.length()) {
      char c = chars.charAt(position);
      if (c != '{' && c != '}') {
        result.append(format, position, ++position);
      } else if (position + 1 < chars.length() && chars.charAt(position + 1) == c) {
        result.append(format, position, position + 1);
        position += 2;
      } else if (c == '}') {
        throw new Fault("Single '}' encountered in format string");
      } else {
        int end = chars.indexOf('}', position);
        if (end < 0) {
          throw new Fault("expected '}' before end of string");
        }
        result.append(field(chars.substring(position + 1, end)));
        position = end + 1;
      }
    }
    return result.text();
  }

  private Text field(String field) {
    if (field.indexOf('{') >= 0) {
      throw new Fault("nested format fields are not supported");
    }
    int colon = field.indexOf(':');
    String name = colon < 0 ? field : field.substring(0, colon);
    int bang = name.indexOf('!');
    Value value = value(bang < 0 ? name : name.substring(0, bang));
    run.spend(value.size());
    if (bang >= 0) {
      value = converted(value, name.substring(bang + 1));
    }
    return FormatSpec.parse(colon < 0 ? "" : field.substring(colon + 1)).format(value);
  }

  private static Value converted(Value value, String conversion) {
    return switch (conversion) {
      case "s" -> Printer.text(value);
      case "r" -> {
        TextBuilder quoted = new TextBuilder();
        Printer.repr(value, quoted);
        yield quoted.text();
      }
      default -> throw new Fault("Unknown conversion specifier '" + conversion + "'");
    };
  }

  private Value value(String path) {
    int end = 0;
    while (end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') {
      end++;
    }
    Value value = argument(path.substring(0, end));
    while (end < path.length()) {
      int begin = end + 1;
      if (path.charAt(end) == '.') {
        end = begin;
        while (end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') {
          end++;
        }
        value = Access.attribute(value, path.substring(begin, end));
      } else {
        int close = path.indexOf(']', begin);
        if (close < 0 || path.charAt(end) != '[') {
          throw new Fault("malformed format field '" + path + "'");
        }
        value = Access.item(value, key(path.substring(begin, close)), run);
        end = close + 1;
      }
    }
    return value;
  }

  private static Value key(String key) {
    return isDigits(key) ? new Int(new BigInteger(key), true) : Text.template(key);
  }

  private Value argument(String name) {
    boolean digits = isDigits(name);
    if (!name.isEmpty() && !digits) {
      Value value = arguments.named().get(name);
      if (value == null) {
        throw new Fault("no value for format field '" + name + "'");
      }
      return value;
    }
    if (digits ? automatic > 0 : numbered) {
      throw new Fault("cannot mix numbered and automatic format fields");
    }
    numbered |= digits;
    int index = digits ? Integer.parseInt(name) : automatic++;
    if (index >= arguments.positional().size()) {
      throw new Fault("format() has no argument " + index);
    }
    return arguments.positional().get(index);
  }

  private static boolean isDigits(String name) {
    return !name.isEmpty() && name.length() < 9 && name.chars().allMatch(c -> c >= '0' && c <= '9');
  }
}
