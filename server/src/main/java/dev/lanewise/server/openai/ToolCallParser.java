package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds calls of tools in the text of an answer that comes in pieces. The arguments of a call are
 * passed on as they come. What looks like a call and is none stays text: nothing is lost.
 */
final class ToolCallParser {
  /** What may stand between calls. */
  private static final String BETWEEN = " \t\r\n,;[]";

  /** A call up to its arguments, if the name comes first. */
  private static final Pattern HEAD =
      Pattern.compile(
          "\\{\\s*\"name\"\\s*:\\s*\"([^\"\\\\]*)\"\\s*,\\s*\"(?:arguments|parameters)\"\\s*:\\s*(?=\\{)");

  private enum State {
    /** At the start of an answer that a bare call may begin, and its mark too. */
    START,
    TEXT,
    /** Behind an opening mark, or behind a call. */
    BETWEEN_CALLS,
    /** At the brace of a call. */
    HEAD,
    /** In a call whose arguments cannot be passed on before it has ended. */
    WHOLE,
    ARGUMENTS,
    /** Behind the arguments, before the brace that ends the call. */
    TAIL
  }

  private final ToolSyntax syntax;
  private final StringBuilder held = new StringBuilder();
  private State state;
  private JsonScanner scanner = new JsonScanner();
  private int scanned;
  private int calls;

  /** The opening mark of the call at hand, in case it is none. */
  private String mark = "";

  /**
   * Where an answer starts.
   *
   * @param inCalls whether the prompt ended with the mark that opens calls
   */
  record Start(ToolSyntax syntax, boolean inCalls) {}

  /** A parser at the start of an answer. */
  ToolCallParser(Start start) {
    syntax = start.syntax;
    state = start.inCalls ? State.BETWEEN_CALLS : syntax.mayBeBare() ? State.START : State.TEXT;
  }

  /** Adds a piece and returns what is now certain. */
  List<Delta> append(String piece) {
    held.append(piece);
    List<Delta> deltas = new ArrayList<>();
    State before;
    int length;
    do {
      before = state;
      length = held.length();
      advance(deltas);
    } while (state != before || held.length() != length);
    return deltas;
  }

  private void advance(List<Delta> deltas) {
    switch (state) {
      case START -> start();
      case TEXT -> text(deltas);
      case BETWEEN_CALLS -> betweenCalls(deltas);
      case HEAD -> head(deltas);
      case WHOLE -> whole(deltas);
      case ARGUMENTS -> arguments(deltas);
      case TAIL -> tail();
    }
  }

  private void start() {
    String begun = held.toString().stripLeading();
    if (begun.startsWith("{")) {
      held.delete(0, held.length() - begun.length());
      state = State.HEAD;
    } else if (begun.startsWith(syntax.open())) {
      mark = take(held.length() - begun.length() + syntax.open().length());
      state = State.BETWEEN_CALLS;
    } else if (!syntax.open().startsWith(begun)) {
      state = State.TEXT;
    }
  }

  private void text(List<Delta> deltas) {
    int open = syntax.mayBeBare() ? -1 : held.indexOf(syntax.open());
    if (open >= 0) {
      String before = take(open);
      content(before.stripTrailing(), deltas);
      mark = take(syntax.open().length());
      state = State.BETWEEN_CALLS;
    } else {
      content(take(certain()), deltas);
    }
  }

  /**
   * Where the end of the held text begins that may be an opening mark, and white space before it.
   */
  private int certain() {
    int certain = held.length();
    for (int n = Math.min(syntax.open().length() - 1, certain); n > 0; n--) {
      if (syntax.open().startsWith(held.substring(held.length() - n))) {
        certain -= n;
        break;
      }
    }
    while (certain > 0 && Character.isWhitespace(held.charAt(certain - 1))) {
      certain--;
    }
    return certain;
  }

  private void betweenCalls(List<Delta> deltas) {
    while (!held.isEmpty() && BETWEEN.indexOf(held.charAt(0)) >= 0) {
      held.deleteCharAt(0);
    }
    String rest = held.toString();
    if (rest.isEmpty()) {
      return;
    }
    if (rest.charAt(0) == '{') {
      state = State.HEAD;
    } else if (!syntax.close().isEmpty() && rest.startsWith(syntax.close())) {
      held.delete(0, syntax.close().length());
      state = State.TEXT;
    } else if (syntax.close().isEmpty() || !syntax.close().startsWith(rest)) {
      content(mark, deltas);
      mark = "";
      state = State.TEXT;
    }
  }

  @SuppressWarnings("JdkObsolete") // whether more text could make it a match is the question
  private void head(List<Delta> deltas) {
    Matcher matcher = HEAD.matcher(held);
    scanner = new JsonScanner();
    scanned = 0;
    if (matcher.lookingAt()) {
      deltas.add(new Delta.Call(calls++, matcher.group(1)));
      held.delete(0, matcher.end());
      mark = "";
      state = State.ARGUMENTS;
    } else if (!matcher.hitEnd()) {
      state = State.WHOLE;
    }
  }

  private void whole(List<Delta> deltas) {
    int end = scanner.end(held.substring(scanned));
    if (end < 0) {
      scanned = held.length();
      return;
    }
    String text = take(scanned + end);
    Optional<JsonNode> call = PlainJson.parse(text).filter(node -> node.path("name").isTextual());
    Optional<String> arguments = call.flatMap(this::argumentsOf);
    if (arguments.isPresent()) {
      deltas.add(new Delta.Call(calls, call.get().get("name").textValue()));
      deltas.add(new Delta.Arguments(calls++, arguments.get()));
      state = State.BETWEEN_CALLS;
    } else {
      content(mark + text, deltas);
      state = State.TEXT;
    }
    mark = "";
  }

  /** Some models write the arguments as the text of an object. */
  private Optional<String> argumentsOf(JsonNode call) {
    JsonNode arguments = call.has("arguments") ? call.get("arguments") : call.path("parameters");
    if (arguments.isTextual()) {
      return PlainJson.parse(arguments.textValue())
          .filter(JsonNode::isObject)
          .map(object -> arguments.textValue());
    }
    return Optional.of(arguments).filter(JsonNode::isObject).map(JsonNode::toString);
  }

  private void arguments(List<Delta> deltas) {
    if (held.isEmpty()) {
      return;
    }
    int end = scanner.end(held);
    String text = take(end < 0 ? held.length() : end);
    deltas.add(new Delta.Arguments(calls - 1, text));
    state = end < 0 ? State.ARGUMENTS : State.TAIL;
  }

  private void tail() {
    int end = held.indexOf("}");
    if (end >= 0) {
      held.delete(0, end + 1);
      state = State.BETWEEN_CALLS;
    }
  }

  private String take(int length) {
    String text = held.substring(0, length);
    held.delete(0, length);
    return text;
  }

  private static void content(String text, List<Delta> deltas) {
    if (!text.isEmpty()) {
      deltas.add(new Delta.Content(text));
    }
  }

  /** What was held back, when no more text follows. */
  List<Delta> finish() {
    List<Delta> deltas = new ArrayList<>();
    switch (state) {
      case START, TEXT -> {
        String rest = take(held.length());
        content(calls > 0 ? rest.stripTrailing() : rest, deltas);
      }
      case HEAD, WHOLE -> content(mark + take(held.length()), deltas);
      case BETWEEN_CALLS, ARGUMENTS, TAIL -> {}
    }
    return deltas;
  }
}
