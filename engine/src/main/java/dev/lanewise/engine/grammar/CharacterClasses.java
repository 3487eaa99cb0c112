package dev.lanewise.engine.grammar;

import dev.lanewise.engine.grammar.Characters.Range;

/** The sets of characters that ECMA-262 has short names for. */
final class CharacterClasses {
  private static final Characters DIGITS = Characters.of(new Range('0', '9'));

  private static final Characters WORD =
      DIGITS.and(Characters.of(new Range('a', 'z'), new Range('A', 'Z'), new Range('_', '_')));

  private static final Characters LINE_ENDS = Characters.of("\n\r\u2028\u2029");

  /** WhiteSpace and LineTerminator of ECMA-262: all of category Zs, and a few more. */
  private static final Characters SPACE =
      LINE_ENDS
          .and(Characters.of("\t\u000b\f \u00a0\u1680\u202f\u205f\u3000\ufeff"))
          .and(Characters.of(new Range(0x2000, 0x200a)));

  /** What {@code .} stands for. */
  static final Characters ANY = LINE_ENDS.others();

  private CharacterClasses() {}

  /** What {@code d D w W s} or {@code S} behind a backslash stands for; null for another letter. */
  static Characters named(int letter) {
    return switch (letter) {
      case 'd' -> DIGITS;
      case 'D' -> DIGITS.others();
      case 'w' -> WORD;
      case 'W' -> WORD.others();
      case 's' -> SPACE;
      case 'S' -> SPACE.others();
      default -> null;
    };
  }
}
