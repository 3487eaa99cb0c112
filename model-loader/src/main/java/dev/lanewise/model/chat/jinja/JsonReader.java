package dev.lanewise.model.chat.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads JSON, for {@code from_json}. All strings and numbers are the conversation's unless the
 * whole text is the template's.
 */
final class JsonReader {
  private static final Pattern NUMBER =
      Pattern.compile("-?(?:0|[1-9][0-9]*+)(\\.[0-9]++)?([eE][+-]?[0-9]++)?");

  private final String text;
  private final boolean template;
  private final Run run;
  private int position;
  private int depth;

  private JsonReader(Text text, Run run) {
    this.text = text.chars();
    this.template = text.template();
    this.run = run;
  }

  static Value read(Text text, Run run) {
    JsonReader reader = new JsonReader(text, run);
    Value value = reader.value();
    reader.skipSpaces();
    if (reader.position < text.length()) {
      throw reader.malformed();
    }
    return value;
  }

  private Value value() {
    run.make(1);
    skipSpaces();
    if (position >= text.length()) {
      throw malformed();
    }
    return switch (text.charAt(position)) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> string();
      case 't' -> word("true", Bool.TRUE);
      case 'f' -> word("false", Bool.FALSE);
      case 'n' -> word("null", None.NONE);
      default -> number();
    };
  }

  private Value object() {
    open();
    Map<Value, Value> entries = new LinkedHashMap<>();
    while (!skip('}')) {
      if (!entries.isEmpty()) {
        expect(',');
      }
      skipSpaces();
      Text key = string();
      expect(':');
      entries.put(key, value());
    }
    depth--;
    return new Mapping(entries, template);
  }

  private Value array() {
    open();
    List<Value> elements = new ArrayList<>();
    while (!skip(']')) {
      if (!elements.isEmpty()) {
        expect(',');
      }
      elements.add(value());
    }
    depth--;
    return new Sequence(Sequence.Kind.LIST, elements, template);
  }

  private void open() {
    position++;
    if (++depth > Limits.VALUE_DEPTH) {
      throw new Fault("JSON nested more than " + Limits.VALUE_DEPTH + " deep");
    }
  }

  private Text string() {
    if (position >= text.length() || text.charAt(position) != '"') {
      throw malformed();
    }
    StringBuilder result = new StringBuilder();
    position++;
    while (position < text.length() && text.charAt(position) != '"') {
      char c = text.charAt(position++);
      if (c < 0x20) {
        throw malformed();
      }
      result.append(c == '\\' ? escape() : c);
    }
    if (position >= text.length()) {
      throw malformed();
    }
    position++;
    return Text.of(result.toString(), template);
  }

  private char escape() {
    if (position >= text.length()) {
      throw malformed();
    }
    char c = text.charAt(position++);
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'u' -> {
        int code = 0;
        for (int end = position + 4; position < end; position++) {
          int digit = position < text.length() ? Character.digit(text.charAt(position), 16) : -1;
          if (digit < 0) {
            throw malformed();
          }
          code = 16 * code + digit;
        }
        yield (char) code;
      }
      default -> throw malformed();
    };
  }

  private Value number() {
    Matcher number = NUMBER.matcher(text).region(position, text.length());
    if (!number.lookingAt()) {
      throw malformed();
    }
    position = number.end();
    if (number.group(1) != null || number.group(2) != null) {
      return new Real(Double.parseDouble(number.group()), template);
    }
    if (number.group().length() > Limits.INTEGER_BITS / 3) {
      throw malformed();
    }
    return new Int(new BigInteger(number.group()), template);
  }

  private Value word(String word, Value value) {
    if (!text.startsWith(word, position)) {
      throw malformed();
    }
    position += word.length();
    return value;
  }

  private void expect(char c) {
    if (!skip(c)) {
      throw malformed();
    }
  }

  private boolean skip(char c) {
    skipSpaces();
    boolean there = position < text.length() && text.charAt(position) == c;
    if (there) {
      position++;
    }
    return there;
  }

  private void skipSpaces() {
    while (position < text.length() && " \t\r\n".indexOf(text.charAt(position)) >= 0) {
      position++;
    }
  }

  private Fault malformed() {
    return new Fault("from_json(): malformed JSON at character " + position);
  }
}
