package dev.lanewise.server.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a time: 90, 90s, 5m or 1h. */
final class DurationConverter implements ITypeConverter<Duration> {
  @Override
  public Duration convert(String value) {
    Matcher parts = Pattern.compile("(\\d{1,6})([smh]?)").matcher(value);
    if (!parts.matches() || Integer.parseInt(parts.group(1)) == 0) {
      throw new TypeConversionException(
          "'%s' is no time; write 90, 90s, 5m or 1h".formatted(value));
    }
    int amount = Integer.parseInt(parts.group(1));
    return switch (parts.group(2)) {
      case "h" -> Duration.ofHours(amount);
      case "m" -> Duration.ofMinutes(amount);
      default -> Duration.ofSeconds(amount);
    };
  }
}
