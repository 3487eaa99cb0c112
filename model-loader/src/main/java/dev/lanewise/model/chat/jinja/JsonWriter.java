package dev.lanewise.model.chat.jinja;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * JSON as Python's {@code json.dumps} writes it. Brackets, commas and numbers count as the
 * conversation's if any part of their value is.
 */
final class JsonWriter {
  private final boolean ascii;
  private final Text indent;
  private final Text itemSeparator;
  private final Text keySeparator;
  private final boolean sortKeys;
  private final Run run;
  private final TextBuilder output = new TextBuilder();
  private int depth;

  /**
   * @param indent what each level is indented by; null to write everything on one line
   */
  private JsonWriter(
      boolean ascii,
      Text indent,
      Text itemSeparator,
      Text keySeparator,
      boolean sortKeys,
      Run run) {
    this.ascii = ascii;
    this.indent = indent;
    this.itemSeparator = itemSeparator;
    this.keySeparator = keySeparator;
    this.sortKeys = sortKeys;
    this.run = run;
  }

  /**
   * The filter {@code tojson(ensure_ascii=False, indent=None, separators=None, sort_keys=False)}.
   */
  static Text write(Value value, Arguments arguments, Run run) {
    var bound = arguments.bind("tojson", 0, "ensure_ascii", "indent", "separators", "sort_keys");
    Text indent =
        switch (bound.orNone(1)) {
          case None _ -> null;
          case Text text -> text;
          case Value width -> Text.template(" ").times(Numbers.clamped(width));
        };
    Text itemSeparator = Text.template(indent == null ? ", " : ",");
    Text keySeparator = Text.template(": ");
    if (!(bound.orNone(2) instanceof None)) {
      List<Value> separators = Iteration.elements(bound.value(2), run);
      if (separators.size() != 2
          || !(separators.getFirst() instanceof Text items)
          || !(separators.getLast() instanceof Text keys)) {
        throw new Fault("tojson(): separators must be two strings");
      }
      itemSeparator = items;
      keySeparator = keys;
    }
    JsonWriter writer =
        new JsonWriter(bound.truth(0), indent, itemSeparator, keySeparator, bound.truth(3), run);
    writer.write(value);
    return writer.output.text();
  }

  private void write(Value value) {
    run.spend(1);
    switch (value) {
      case None _ -> output.append("null", true);
      case Bool bool -> output.append(bool.truth() ? "true" : "false", true);
      case Int number -> output.append(number.value().toString(), number.template());
      case Real number -> output.append(real(number.value()), number.template());
      case Text text -> string(text);
      case Sequence sequence when !sequence.kind().isView() -> array(sequence);
      case Mapping mapping -> object(mapping);
      default ->
          throw new Fault("Object of type " + value.typeName() + " is not JSON serializable");
    }
  }

  private static String real(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "Infinity" : "-Infinity";
    }
    return Printer.real(value);
  }

  private void array(Sequence sequence) {
    boolean template = sequence.template();
    output.append("[", template);
    depth++;
    boolean first = true;
    for (Value element : sequence.elements()) {
      separate(first, template);
      write(element);
      first = false;
    }
    close(first, "]", template);
  }

  private void object(Mapping mapping) {
    boolean template = mapping.template();
    output.append("{", template);
    depth++;
    boolean first = true;
    for (Map.Entry<Value, Value> entry : entries(mapping)) {
      separate(first, template);
      string(key(entry.getKey()));
      punctuation(keySeparator, template);
      write(entry.getValue());
      first = false;
    }
    close(first, "}", template);
  }

  private List<Map.Entry<Value, Value>> entries(Mapping mapping) {
    List<Map.Entry<Value, Value>> entries = new ArrayList<>(mapping.entries().entrySet());
    if (sortKeys) {
      entries.sort(
          Comparator.comparing(
              Map.Entry::getKey, (left, right) -> Comparison.order(left, right, run)));
    }
    return entries;
  }

  private static Text key(Value key) {
    return switch (key) {
      case Text text -> text;
      case Bool bool -> Text.template(bool.truth() ? "true" : "false");
      case None _ -> Text.template("null");
      default -> Printer.text(key);
    };
  }

  private void separate(boolean first, boolean template) {
    if (!first) {
      punctuation(itemSeparator, template);
    }
    breakLine(template);
  }

  private void close(boolean empty, String bracket, boolean template) {
    depth--;
    if (!empty) {
      breakLine(template);
    }
    output.append(bracket, template);
  }

  private void breakLine(boolean template) {
    if (indent != null) {
      output.append("\n", template);
      punctuation(indent.times(depth), template);
    }
  }

  private void punctuation(Text text, boolean template) {
    output.append(text.chars(), template && text.template());
  }

  private void string(Text text) {
    boolean template = text.template();
    output.append("\"", template);
    String chars = text.chars();
    int plain = 0;
    for (int i = 0; i < chars.length(); i++) {
      String escape = escape(chars.charAt(i));
      if (escape != null) {
        output.append(text, plain, i);
        output.append(escape, text.isTemplateAt(i));
        plain = i + 1;
      }
    }
    output.append(text, plain, chars.length());
    output.append("\"", template);
  }

  /** The escape of a character; null if it stands for itself. */
  private String escape(char c) {
    return switch (c) {
      case '"' -> "\\\"";
      case '\\' -> "\\\\";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      case '\b' -> "\\b";
      case '\f' -> "\\f";
      default ->
          c < 0x20 || (ascii && c > 0x7e) ? String.format(Locale.ROOT, "\\u%04x", (int) c) : null;
    };
  }
}
