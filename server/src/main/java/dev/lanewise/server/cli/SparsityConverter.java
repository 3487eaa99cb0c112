package dev.lanewise.server.cli;

import dev.lanewise.engine.sparse.SparsityChoice;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads values of {@code --sparsity}. */
final class SparsityConverter implements ITypeConverter<SparsityChoice> {
  @Override
  public SparsityChoice convert(String value) {
    try {
      return SparsityChoice.parse(value);
    } catch (IllegalArgumentException unknown) {
      throw new TypeConversionException(unknown.getMessage());
    }
  }
}
