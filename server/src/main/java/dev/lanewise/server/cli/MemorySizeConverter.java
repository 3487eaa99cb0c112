package dev.lanewise.server.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code 2G}, {@code 512M} or a number of bytes; units are powers of 1024. */
final class MemorySizeConverter implements ITypeConverter<Long> {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,15})([KMGT]?)(?:I?B)?");

  @Override
  public Long convert(String value) {
    Matcher size = SIZE.matcher(value.strip().toUpperCase(Locale.ROOT));
    if (!size.matches()) {
      throw new TypeConversionException("'%s' is not a size like 2G or 512M".formatted(value));
    }
    int power = size.group(2).isEmpty() ? 0 : 1 + "KMGT".indexOf(size.group(2));
    try {
      return Math.multiplyExact(Long.parseLong(size.group(1)), 1L << (10 * power));
    } catch (ArithmeticException tooLarge) {
      throw new TypeConversionException("'%s' is larger than any memory".formatted(value));
    }
  }
}
