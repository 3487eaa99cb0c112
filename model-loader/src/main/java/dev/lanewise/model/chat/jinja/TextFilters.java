package dev.lanewise.model.chat.jinja;

import dev.lanewise.model.chat.jinja.Arguments.Bound;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Filters on texts; other values become texts first. */
final class TextFilters {
  private static final Pattern WORD = Pattern.compile("\\w+", Pattern.UNICODE_CHARACTER_CLASS);

  private TextFilters() {}

  static Map<String, Filter> all() {
    return Map.ofEntries(
        Map.entry("string", (subject, arguments, run) -> Printer.text(subject)),
        Map.entry("upper", (subject, arguments, run) -> upper(Printer.text(subject))),
        Map.entry("lower", (subject, arguments, run) -> Casing.lower(Printer.text(subject))),
        Map.entry(
            "title", (subject, arguments, run) -> Casing.titleWords(Printer.text(subject), run)),
        Map.entry(
            "capitalize", (subject, arguments, run) -> Casing.capitalize(Printer.text(subject))),
        Map.entry("trim", TextFilters::trim),
        Map.entry("replace", TextFilters::replace),
        Map.entry("indent", TextFilters::indent),
        Map.entry("center", TextFilters::center),
        Map.entry("truncate", TextFilters::truncate),
        Map.entry("wordcount", (subject, arguments, run) -> wordCount(Printer.text(subject))),
        Map.entry("format", TextFilters::format),
        Map.entry("safe", (subject, arguments, run) -> Printer.text(subject).asMarkup(true)),
        Map.entry("escape", (subject, arguments, run) -> HtmlEscape.escaped(Printer.text(subject))),
        Map.entry("e", (subject, arguments, run) -> HtmlEscape.escaped(Printer.text(subject))),
        Map.entry(
            "forceescape", (subject, arguments, run) -> HtmlEscape.forced(Printer.text(subject))),
        Map.entry("urlencode", TextFilters::urlEncode));
  }

  private static Text upper(Text text) {
    return text.mapRuns(run -> run.toUpperCase(Locale.ROOT));
  }

  private static Value trim(Value subject, Arguments arguments, Run run) {
    Bound bound = arguments.bind("trim", 0, "chars");
    Text text = Printer.text(subject);
    if (bound.orNone(0) instanceof None) {
      return Stripping.strip(text, Spaces::isSpace, true, true);
    }
    Text chars = bound.text(0);
    run.spend((long) text.size() * chars.size());
    return Stripping.strip(text, c -> chars.chars().indexOf(c) >= 0, true, true);
  }

  private static Value replace(Value subject, Arguments arguments, Run run) {
    Bound bound = arguments.bind("replace", 2, "old", "new", "count");
    List<Value> values =
        List.of(Printer.text(bound.value(0)), Printer.text(bound.value(1)), bound.orNone(2));
    return TextMethods.replace(Printer.text(subject), new Arguments(values, Map.of()), run);
  }

  private static Value indent(Value subject, Arguments arguments, Run run) {
    Bound bound = arguments.bind("indent", 0, "width", "first", "blank");
    Text text = Printer.text(subject);
    Text width =
        bound.or(0, Int.of(4)) instanceof Text own
            ? own
            : Text.template(" ").times(bound.integer(0, 4));
    Text indent = Text.of(width.chars(), width.template() && text.template());
    boolean blank = bound.truth(2);
    TextBuilder result = new TextBuilder();
    boolean firstLine = true;
    for (Text line : Splitting.lines(text.plus(Text.of("\n", text.template())), false, run)) {
      if (!firstLine) {
        result.append("\n", text.template());
      }
      if (firstLine ? bound.truth(1) : blank || !line.isEmpty()) {
        result.append(indent);
      }
      run.spend(indent.size());
      result.append(line);
      firstLine = false;
    }
    return result.text();
  }

  private static Value center(Value subject, Arguments arguments, Run run) {
    int width = arguments.bind("center", 0, "width").integer(0, 80);
    return Stripping.padded(Printer.text(subject), width, Text.template(" "), '^');
  }

  private static Value truncate(Value subject, Arguments arguments, Run run) {
    Bound bound = arguments.bind("truncate", 0, "length", "killwords", "end", "leeway");
    Text text = Printer.text(subject);
    Text end = bound.text(2, Text.template("..."));
    int length = bound.integer(0, 255);
    int leeway = bound.orNone(3) instanceof None ? 5 : bound.integer(3, 5);
    if (length < end.codePoints() || leeway < 0) {
      throw new Fault("truncate(): length must be at least that of the end, leeway at least 0");
    }
    if (text.codePoints() <= (long) length + leeway) {
      return text;
    }
    Text kept = text.slice(0, text.chars().offsetByCodePoints(0, length - end.codePoints()));
    int space = bound.truth(1) ? -1 : kept.chars().lastIndexOf(' ');
    return (space < 0 ? kept : kept.slice(0, space)).plus(end);
  }

  private static Value wordCount(Text text) {
    return Int.of(WORD.matcher(text.chars()).results().count());
  }

  private static Value format(Value subject, Arguments arguments, Run run) {
    return PercentFormat.format(Printer.text(subject), PercentFormat.values(arguments), run);
  }

  private static Value urlEncode(Value subject, Arguments arguments, Run run) {
    boolean pairs =
        subject instanceof Mapping || (Iteration.isIterable(subject) && !(subject instanceof Text));
    if (!pairs) {
      return Printer.text(subject)
          .mapRuns(text -> percent(text).replace("+", "%20").replace("%2F", "/"));
    }
    TextBuilder result = new TextBuilder();
    for (Value pair :
        subject instanceof Mapping mapping ? mapping.items() : Iteration.elements(subject, run)) {
      List<Value> parts = Iteration.elements(pair, run);
      if (parts.size() != 2) {
        throw new Fault("urlencode(): expected pairs");
      }
      result.append(result.length() == 0 ? "" : "&", true);
      result.append(Printer.text(parts.getFirst()).mapRuns(TextFilters::percent));
      result.append("=", true);
      result.append(Printer.text(parts.getLast()).mapRuns(TextFilters::percent));
    }
    return result.text();
  }

  private static String percent(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("*", "%2A").replace("%7E", "~");
  }
}
