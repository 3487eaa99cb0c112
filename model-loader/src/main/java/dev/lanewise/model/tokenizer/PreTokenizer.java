package dev.lanewise.model.tokenizer;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts text into the pieces that BPE merges within.
 *
 * <p>Each pattern in turn splits every piece the one before it left: into its matches and what lies
 * between them. A pattern sees one piece at a time, so a look-ahead finds the end of the piece, not
 * what follows.
 */
final class PreTokenizer {
  private final List<Pattern> patterns;

  PreTokenizer(List<String> regexes) {
    // By default \s means ASCII spaces and (?i) ASCII letters; the patterns were written for
    // engines where both are
    // Unicode. Rows of the table spell digits as [0-9], since the flag changes \d too.
    this.patterns =
        regexes.stream().map(r -> Pattern.compile(r, Pattern.UNICODE_CHARACTER_CLASS)).toList();
  }

  /** Where the pieces of {@code text[from, to)} end, in order; the last is {@code to}. */
  IdList split(CharSequence text, int from, int to) {
    IdList ends = new IdList();
    ends.add(to);
    for (Pattern pattern : patterns) {
      ends = split(pattern.matcher(text), from, ends);
    }
    return ends;
  }

  private static IdList split(Matcher matcher, int from, IdList pieces) {
    IdList ends = new IdList();
    int start = from;
    for (int piece = 0; piece < pieces.size(); piece++) {
      int end = pieces.get(piece);
      matcher.region(start, end);
      while (matcher.find()) {
        if (matcher.start() > start) {
          ends.add(matcher.start());
        }
        ends.add(matcher.end());
        start = matcher.end();
      }
      if (start < end) {
        ends.add(end);
      }
      start = end;
    }
    return ends;
  }
}
