package dev.lanewise.server.cli;

import dev.lanewise.bench.load.Lengths;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads lengths of prompts and answers: 100, 50-200 or ~100. */
final class LengthsConverter implements ITypeConverter<Lengths> {
  @Override
  public Lengths convert(String value) {
    try {
      return Lengths.parse(value);
    } catch (IllegalArgumentException wrong) {
      throw new TypeConversionException(wrong.getMessage());
    }
  }
}
