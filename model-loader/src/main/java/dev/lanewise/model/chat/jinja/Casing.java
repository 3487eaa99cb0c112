package dev.lanewise.model.chat.jinja;

import java.util.Locale;

/** Upper and lower case. Every character keeps its writer. */
final class Casing {
  private Casing() {}

  static Text lower(Text text) {
    return text.mapRuns(run -> run.toLowerCase(Locale.ROOT));
  }

  /** The first character in title case, the others in lower case. */
  static Text capitalize(Text text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = text.chars().offsetByCodePoints(0, 1);
    return upperFirst(text.slice(0, first)).plus(lower(text.from(first))).asMarkup(text.isMarkup());
  }

  /** Every letter after a character that is no letter in title case, the others in lower case. */
  static Text title(Text text, Run run) {
    run.make(text.length());
    TextBuilder result = new TextBuilder();
    boolean inWord = false;
    for (int begin = 0; begin < text.length(); ) {
      int end = text.chars().offsetByCodePoints(begin, 1);
      Text character = text.slice(begin, end);
      result.append(inWord ? lower(character) : upperFirst(character));
      inWord = isCased(text.chars().codePointAt(begin));
      begin = end;
    }
    return result.text().asMarkup(text.isMarkup());
  }

  /**
   * What the filter {@code title} does: words begin after white space, hyphens and open brackets.
   */
  static Text titleWords(Text text, Run run) {
    run.make(text.length());
    TextBuilder result = new TextBuilder();
    boolean inWord = false;
    for (int begin = 0; begin < text.length(); ) {
      int end = text.chars().offsetByCodePoints(begin, 1);
      int c = text.chars().codePointAt(begin);
      Text character = text.slice(begin, end);
      result.append(inWord ? lower(character) : upperFirst(character));
      inWord = !Spaces.isSpace(c) && "-({[<".indexOf(c) < 0;
      begin = end;
    }
    return result.text();
  }

  static Text swapcase(Text text) {
    return text.mapRuns(
        run -> {
          StringBuilder result = new StringBuilder();
          run.codePoints()
              .mapToObj(Character::toString)
              .map(
                  c ->
                      Character.isUpperCase(c.codePointAt(0))
                          ? c.toLowerCase(Locale.ROOT)
                          : c.toUpperCase(Locale.ROOT))
              .forEach(result::append);
          return result.toString();
        });
  }

  static boolean isUpper(Text text) {
    return text.chars().codePoints().anyMatch(Casing::isCased)
        && text.chars()
            .codePoints()
            .noneMatch(c -> Character.isLowerCase(c) || Character.isTitleCase(c));
  }

  static boolean isLower(Text text) {
    return text.chars().codePoints().anyMatch(Casing::isCased)
        && text.chars()
            .codePoints()
            .noneMatch(c -> Character.isUpperCase(c) || Character.isTitleCase(c));
  }

  private static boolean isCased(int c) {
    return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
  }

  private static Text upperFirst(Text character) {
    return character.mapRuns(
        run -> {
          int titleCase = Character.toTitleCase(run.codePointAt(0));
          return titleCase == run.codePointAt(0)
              ? run.toUpperCase(Locale.ROOT)
              : Character.toString(titleCase);
        });
  }
}
