package dev.lanewise.model.chat.jinja;

import dev.lanewise.model.chat.jinja.Arguments.Bound;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;

/** The methods of Python's {@code str}. */
final class TextMethods {
  /** A method of a text. */
  @FunctionalInterface
  private interface Method {
    Value call(Text subject, Arguments arguments, Run run);
  }

  private static final Map<String, Method> METHODS =
      Map.ofEntries(
          cased("upper", text -> text.mapRuns(run -> run.toUpperCase(Locale.ROOT))),
          cased("lower", Casing::lower),
          cased(
              "casefold", text -> Casing.lower(text.mapRuns(run -> run.toUpperCase(Locale.ROOT)))),
          Map.entry("title", TextMethods::title),
          cased("capitalize", Casing::capitalize),
          cased("swapcase", Casing::swapcase),
          Map.entry(
              "strip", (text, arguments, run) -> strip("strip", text, arguments, run, true, true)),
          Map.entry(
              "lstrip",
              (text, arguments, run) -> strip("lstrip", text, arguments, run, true, false)),
          Map.entry(
              "rstrip",
              (text, arguments, run) -> strip("rstrip", text, arguments, run, false, true)),
          Map.entry("split", (text, arguments, run) -> Splitting.split(text, arguments, run)),
          Map.entry("rsplit", (text, arguments, run) -> Splitting.rsplit(text, arguments, run)),
          Map.entry(
              "splitlines", (text, arguments, run) -> Splitting.splitlines(text, arguments, run)),
          Map.entry(
              "partition", (text, arguments, run) -> Splitting.partition(text, arguments, run)),
          Map.entry(
              "rpartition", (text, arguments, run) -> Splitting.rpartition(text, arguments, run)),
          Map.entry(
              "startswith", (text, arguments, run) -> affix("startswith", text, arguments, run)),
          Map.entry("endswith", (text, arguments, run) -> affix("endswith", text, arguments, run)),
          Map.entry("removeprefix", TextMethods::removePrefix),
          Map.entry("removesuffix", TextMethods::removeSuffix),
          Map.entry("replace", TextMethods::replace),
          Map.entry("find", (text, arguments, run) -> Int.of(find("find", text, arguments, run))),
          Map.entry("rfind", (text, arguments, run) -> Int.of(find("rfind", text, arguments, run))),
          Map.entry("index", (text, arguments, run) -> index("index", text, arguments, run)),
          Map.entry("rindex", (text, arguments, run) -> index("rindex", text, arguments, run)),
          Map.entry("count", TextMethods::count),
          Map.entry("join", TextMethods::join),
          Map.entry("format", BraceFormat::format),
          Map.entry("center", (text, arguments, run) -> padded("center", text, arguments, '^')),
          Map.entry("ljust", (text, arguments, run) -> padded("ljust", text, arguments, '<')),
          Map.entry("rjust", (text, arguments, run) -> padded("rjust", text, arguments, '>')),
          Map.entry("zfill", TextMethods::zfill),
          are("isdigit", Character::isDigit),
          are("isdecimal", Character::isDigit),
          are(
              "isnumeric",
              c -> Character.isDigit(c) || Character.getType(c) == Character.OTHER_NUMBER),
          are("isalpha", Character::isLetter),
          are("isalnum", Character::isLetterOrDigit),
          are("isspace", Spaces::isSpace),
          Map.entry("isupper", (text, arguments, run) -> Bool.of(Casing.isUpper(text))),
          Map.entry("islower", (text, arguments, run) -> Bool.of(Casing.isLower(text))),
          Map.entry(
              "isascii",
              (text, arguments, run) -> Bool.of(text.chars().chars().allMatch(c -> c < 128))));

  private TextMethods() {}

  /** The method of that name, bound to its subject. */
  static Optional<Value> bound(Text subject, String name) {
    return Optional.ofNullable(METHODS.get(name))
        .map(
            method ->
                new Function(
                    name,
                    (arguments, run) -> {
                      run.spend(subject.size());
                      return method.call(subject, arguments, run);
                    }));
  }

  private static Map.Entry<String, Method> cased(String name, UnaryOperator<Text> function) {
    return Map.entry(
        name,
        (text, arguments, run) -> {
          arguments.bind(name, 0);
          return function.apply(text);
        });
  }

  private static Value title(Text text, Arguments arguments, Run run) {
    arguments.bind("title", 0);
    return Casing.title(text, run);
  }

  private static Map.Entry<String, Method> are(String name, IntPredicate predicate) {
    return Map.entry(
        name,
        (text, arguments, run) -> {
          arguments.bind(name, 0);
          return Bool.of(!text.isEmpty() && text.chars().codePoints().allMatch(predicate));
        });
  }

  private static Text strip(
      String name, Text text, Arguments arguments, Run run, boolean left, boolean right) {
    Value chars = arguments.bind(name, 0, "chars").orNone(0);
    if (chars instanceof None) {
      return Stripping.strip(text, Spaces::isSpace, left, right);
    }
    Text set = arguments.bind(name, 0, "chars").text(0);
    run.spend((long) text.size() * set.size());
    return Stripping.strip(text, c -> set.chars().indexOf(c) >= 0, left, right);
  }

  private static Value affix(String name, Text text, Arguments arguments, Run run) {
    Bound bound = arguments.bind(name, 1, "affix", "start", "end");
    Text window = Window.of(text, bound, 1).text();
    boolean holds = false;
    for (Value affix :
        bound.value(0) instanceof Sequence tuple && tuple.kind().isTuple()
            ? tuple.elements()
            : bound.values().subList(0, 1)) {
      if (!(affix instanceof Text part)) {
        throw new Fault(name + " argument must be str or a tuple of str, not " + affix.typeName());
      }
      run.spend(part.size());
      String chars = window.chars();
      holds |=
          name.equals("startswith") ? chars.startsWith(part.chars()) : chars.endsWith(part.chars());
    }
    return Bool.of(holds);
  }

  private static Value removePrefix(Text text, Arguments arguments, Run run) {
    Text prefix = arguments.bind("removeprefix", 1, "prefix").text(0);
    return text.chars().startsWith(prefix.chars()) ? text.from(prefix.length()) : text;
  }

  private static Value removeSuffix(Text text, Arguments arguments, Run run) {
    Text suffix = arguments.bind("removesuffix", 1, "suffix").text(0);
    return text.chars().endsWith(suffix.chars())
        ? text.slice(0, text.length() - suffix.length())
        : text;
  }

  static Text replace(Text text, Arguments arguments, Run run) {
    Bound bound = arguments.bind("replace", 2, "old", "new", "count");
    Text old = bound.text(0);
    Text fresh = bound.text(1);
    int count = bound.orNone(2) instanceof None ? -1 : bound.integer(2, -1);
    TextBuilder result = new TextBuilder();
    int position = 0;
    int searchFrom = 0;
    while (count != 0 && searchFrom <= text.length()) {
      int found = Search.indexOf(text, old, searchFrom, run);
      if (found < 0) {
        break;
      }
      result.append(text, position, found).append(fresh);
      run.spend(fresh.size());
      position = found + old.length();
      boolean atEnd = found == text.length();
      searchFrom =
          old.isEmpty()
              ? (atEnd ? found + 1 : text.chars().offsetByCodePoints(found, 1))
              : position;
      count--;
    }
    return result.append(text, position, text.length()).text().asMarkup(text.isMarkup());
  }

  /** The position of a part in code points; -1 if it is not there. */
  private static int find(String name, Text text, Arguments arguments, Run run) {
    Bound bound = arguments.bind(name, 1, "sub", "start", "end");
    Window window = Window.of(text, bound, 1);
    Text inside = window.text();
    int found =
        name.startsWith("r")
            ? Search.lastIndexOf(inside, bound.text(0), inside.length(), run)
            : Search.indexOf(inside, bound.text(0), 0, run);
    return found < 0 ? -1 : window.from() + inside.chars().codePointCount(0, found);
  }

  private static Value index(String name, Text text, Arguments arguments, Run run) {
    int found = find(name, text, arguments, run);
    if (found < 0) {
      throw new Fault("substring not found");
    }
    return Int.of(found);
  }

  private static Value count(Text text, Arguments arguments, Run run) {
    Bound bound = arguments.bind("count", 1, "sub", "start", "end");
    Text inside = Window.of(text, bound, 1).text();
    Text part = bound.text(0);
    if (part.isEmpty()) {
      return Int.of(inside.codePoints() + 1);
    }
    int count = 0;
    int found = Search.indexOf(inside, part, 0, run);
    while (found >= 0) {
      count++;
      found = Search.indexOf(inside, part, found + part.length(), run);
    }
    return Int.of(count);
  }

  private static Value join(Text separator, Arguments arguments, Run run) {
    TextBuilder result = new TextBuilder();
    int index = 0;
    for (Value element : Iteration.elements(arguments.bind("join", 1, "iterable").value(0), run)) {
      if (!(element instanceof Text text)) {
        throw new Fault(
            "sequence item " + index + ": expected str instance, " + element.typeName() + " found");
      }
      result.append(index++ == 0 ? Text.EMPTY : separator).append(text);
    }
    return result.text();
  }

  private static Value padded(String name, Text text, Arguments arguments, char side) {
    Bound bound = arguments.bind(name, 1, "width", "fillchar");
    return Stripping.padded(text, bound.integer(0, 0), bound.text(1, Text.template(" ")), side);
  }

  private static Value zfill(Text text, Arguments arguments, Run run) {
    int width = arguments.bind("zfill", 1, "width").integer(0, 0);
    int sign = !text.isEmpty() && "+-".indexOf(text.chars().charAt(0)) >= 0 ? 1 : 0;
    Text digits = Stripping.padded(text.from(sign), width - sign, Text.template("0"), '>');
    return text.slice(0, sign).plus(digits);
  }

  /**
   * The part of a text between the optional arguments {@code start} and {@code end}.
   *
   * @param from where it begins, in code points
   */
  private record Window(Text text, int from) {
    static Window of(Text text, Bound bound, int start) {
      if (!bound.has(start) && !bound.has(start + 1)) {
        return new Window(text, 0);
      }
      Value from = bound.orNone(start);
      Text window = (Text) Slices.slice(text, from, bound.orNone(start + 1), None.NONE);
      Text before =
          (Text) Slices.slice(text, None.NONE, from instanceof None ? Int.of(0) : from, None.NONE);
      return new Window(window, before.codePoints());
    }
  }
}
