package dev.lanewise.model.chat.jinja;

import dev.lanewise.model.chat.jinja.Arguments.Bound;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Cutting texts into parts. */
final class Splitting {
  private Splitting() {}

  static Value split(Text text, Arguments arguments, Run run) {
    Bound bound = arguments.bind("split", 0, "sep", "maxsplit");
    int limit = limit(bound);
    if (bound.orNone(0) instanceof None) {
      return Sequence.list(words(text, limit, run));
    }
    Text separator = separator(bound);
    List<Value> parts = new ArrayList<>();
    int position = 0;
    int found = limit == 0 ? -1 : Search.indexOf(text, separator, 0, run);
    while (found >= 0) {
      run.make(1);
      parts.add(text.slice(position, found));
      position = found + separator.length();
      found = parts.size() == limit ? -1 : Search.indexOf(text, separator, position, run);
    }
    parts.add(text.from(position));
    return Sequence.list(parts);
  }

  static Value rsplit(Text text, Arguments arguments, Run run) {
    Bound bound = arguments.bind("rsplit", 0, "sep", "maxsplit");
    int limit = limit(bound);
    if (bound.orNone(0) instanceof None) {
      return Sequence.list(wordsFromTheRight(text, limit, run));
    }
    Text separator = separator(bound);
    List<Value> parts = new ArrayList<>();
    int end = text.length();
    int found = limit == 0 ? -1 : Search.lastIndexOf(text, separator, end, run);
    while (found >= 0) {
      run.make(1);
      parts.add(text.slice(found + separator.length(), end));
      end = found;
      found = parts.size() == limit ? -1 : Search.lastIndexOf(text, separator, end, run);
    }
    parts.add(text.slice(0, end));
    Collections.reverse(parts);
    return Sequence.list(parts);
  }

  private static int limit(Bound bound) {
    int limit = bound.integer(1, -1);
    return limit < 0 ? Integer.MAX_VALUE : limit;
  }

  private static Text separator(Bound bound) {
    Text separator = bound.text(0);
    if (separator.isEmpty()) {
      throw new Fault("empty separator");
    }
    return separator;
  }

  private static List<Value> words(Text text, int limit, Run run) {
    String chars = text.chars();
    List<Value> words = new ArrayList<>();
    int begin = Spaces.skip(chars, 0);
    while (begin < chars.length()) {
      int end = begin;
      while (end < chars.length() && !Spaces.isSpace(chars.charAt(end))) {
        end++;
      }
      if (words.size() == limit) {
        words.add(text.from(begin));
        return words;
      }
      run.make(1);
      words.add(text.slice(begin, end));
      begin = Spaces.skip(chars, end);
    }
    return words;
  }

  private static List<Value> wordsFromTheRight(Text text, int limit, Run run) {
    String chars = text.chars();
    List<Value> words = new ArrayList<>();
    int end = Spaces.trimmedEnd(chars, 0);
    while (end > 0) {
      int begin = words.size() == limit ? 0 : end;
      while (begin > 0 && words.size() < limit && !Spaces.isSpace(chars.charAt(begin - 1))) {
        begin--;
      }
      run.make(1);
      words.add(text.slice(begin, end));
      end = words.size() > limit ? 0 : begin;
      while (end > 0 && Spaces.isSpace(chars.charAt(end - 1))) {
        end--;
      }
    }
    Collections.reverse(words);
    return words;
  }

  static Value splitlines(Text text, Arguments arguments, Run run) {
    boolean keepEnds = arguments.bind("splitlines", 0, "keepends").truth(0);
    List<Value> lines = new ArrayList<>(lines(text, keepEnds, run));
    return Sequence.list(lines);
  }

  /** The lines of a text; what follows the last line end is a line unless it is empty. */
  static List<Text> lines(Text text, boolean keepEnds, Run run) {
    String chars = text.chars();
    List<Text> lines = new ArrayList<>();
    int begin = 0;
    while (begin < chars.length()) {
      int end = begin;
      while (end < chars.length() && !Spaces.isLineEnd(chars.charAt(end))) {
        end++;
      }
      int next = chars.startsWith("\r\n", end) ? end + 2 : Math.min(end + 1, chars.length());
      run.make(1);
      lines.add(text.slice(begin, keepEnds ? next : end));
      begin = next;
    }
    return lines;
  }

  static Value partition(Text text, Arguments arguments, Run run) {
    Text separator = separator(arguments.bind("partition", 1, "sep"));
    int found = Search.indexOf(text, separator, 0, run);
    return found < 0
        ? Sequence.tuple(text, Text.EMPTY, Text.EMPTY)
        : parts(text, found, found + separator.length());
  }

  static Value rpartition(Text text, Arguments arguments, Run run) {
    Text separator = separator(arguments.bind("rpartition", 1, "sep"));
    int found = Search.lastIndexOf(text, separator, text.length(), run);
    return found < 0
        ? Sequence.tuple(Text.EMPTY, Text.EMPTY, text)
        : parts(text, found, found + separator.length());
  }

  private static Value parts(Text text, int begin, int end) {
    return Sequence.tuple(text.slice(0, begin), text.slice(begin, end), text.from(end));
  }
}
