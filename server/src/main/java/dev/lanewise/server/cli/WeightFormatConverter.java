package dev.lanewise.server.cli;

import dev.lanewise.math.format.BlockFormat;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads the value of {@code --weights}: int8 is another name of q8_0, and as-is is null, of which
 * picocli makes an empty {@code Optional}.
 */
final class WeightFormatConverter implements ITypeConverter<BlockFormat> {
  static final String AS_IS = "as-is";
  private static final String INT8 = "int8";

  @Override
  public BlockFormat convert(String value) {
    String name = value.toLowerCase(Locale.ROOT);
    if (name.equals(AS_IS)) {
      return null;
    }
    if (name.equals(INT8)) {
      return BlockFormat.Q8_0;
    }
    return Stream.of(BlockFormat.values())
        .filter(format -> nameOf(format).equals(name))
        .findAny()
        .orElseThrow(() -> unknown(value));
  }

  private static String nameOf(BlockFormat format) {
    return format.name().toLowerCase(Locale.ROOT);
  }

  private static TypeConversionException unknown(String value) {
    String formats =
        Stream.of(BlockFormat.values())
            .map(WeightFormatConverter::nameOf)
            .collect(Collectors.joining(", "));
    return new TypeConversionException(
        "'%s' is no format of weights; there are %s, %s, %s"
            .formatted(value, AS_IS, INT8, formats));
  }
}
