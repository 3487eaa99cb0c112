package dev.lanewise.server.cli;

import dev.lanewise.math.format.BlockFormat;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a format of weights to write: those of {@link WeightFormatConverter} but as-is. */
final class FileFormatConverter implements ITypeConverter<BlockFormat> {
  @Override
  public BlockFormat convert(String value) {
    BlockFormat format = new WeightFormatConverter().convert(value);
    if (format == null) {
      throw new TypeConversionException("'%s' is no format to write".formatted(value));
    }
    return format;
  }
}
