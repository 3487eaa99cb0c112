package dev.lanewise.model.chat.jinja;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.Locale;

/** {@code strftime} in the C locale. */
final class Strftime {
  private Strftime() {}

  static String format(String format, ZonedDateTime time) {
    StringBuilder result = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%' || i + 1 == format.length()) {
        result.append(c);
        continue;
      }
      boolean unpadded = format.charAt(i + 1) == '-' && i + 2 < format.length();
      i += unpadded ? 2 : 1;
      String field = field(format.charAt(i), time);
      result.append(unpadded ? field.replaceFirst("^0+(?=[0-9])", "") : field);
    }
    return result.toString();
  }

  private static String field(char field, ZonedDateTime time) {
    return switch (field) {
      case 'a' -> pattern("EEE", time);
      case 'A' -> pattern("EEEE", time);
      case 'b', 'h' -> pattern("MMM", time);
      case 'B' -> pattern("MMMM", time);
      case 'c' ->
          pattern("EEE MMM ", time)
              + padded(2, ' ', time.getDayOfMonth())
              + pattern(" HH:mm:ss yyyy", time);
      case 'd' -> pattern("dd", time);
      case 'D', 'x' -> pattern("MM/dd/yy", time);
      case 'e' -> padded(2, ' ', time.getDayOfMonth());
      case 'f' -> pattern("SSSSSS", time);
      case 'F' -> pattern("yyyy-MM-dd", time);
      case 'H' -> pattern("HH", time);
      case 'I' -> pattern("hh", time);
      case 'j' -> pattern("DDD", time);
      case 'm' -> pattern("MM", time);
      case 'M' -> pattern("mm", time);
      case 'n' -> "\n";
      case 'p' -> pattern("a", time);
      case 'R' -> pattern("HH:mm", time);
      case 's' -> Long.toString(time.toEpochSecond());
      case 'S' -> pattern("ss", time);
      case 't' -> "\t";
      case 'T', 'X' -> pattern("HH:mm:ss", time);
      case 'u' -> Integer.toString(time.getDayOfWeek().getValue());
      case 'U' ->
          padded(2, '0', (time.getDayOfYear() + 6 - time.getDayOfWeek().getValue() % 7) / 7);
      case 'V' -> padded(2, '0', time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
      case 'w' -> Integer.toString(time.getDayOfWeek().getValue() % 7);
      case 'W' ->
          padded(2, '0', (time.getDayOfYear() + 6 - (time.getDayOfWeek().getValue() - 1)) / 7);
      case 'y' -> pattern("yy", time);
      case 'Y' -> Integer.toString(time.get(ChronoField.YEAR));
      case 'z' -> pattern("xx", time);
      case 'Z' -> pattern("zzz", time);
      case '%' -> "%";
      default -> "%" + field;
    };
  }

  private static String pattern(String pattern, ZonedDateTime time) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(time);
  }

  private static String padded(int width, char padding, int number) {
    return String.format(Locale.ROOT, "%" + (padding == '0' ? "0" : "") + width + "d", number);
  }
}
