package dev.lanewise.server.cli;

import dev.lanewise.server.batch.Shard;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code 0/8}. */
final class ShardConverter implements ITypeConverter<Shard> {
  private static final Pattern SHARD = Pattern.compile("(\\d{1,9})/(\\d{1,9})");

  @Override
  public Shard convert(String value) {
    Matcher parts = SHARD.matcher(value);
    if (!parts.matches()) {
      throw new TypeConversionException(
          "'%s' is no shard; write 0/8 for the first of eight".formatted(value));
    }
    try {
      return new Shard(Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2)));
    } catch (IllegalArgumentException outside) {
      throw new TypeConversionException(outside.getMessage());
    }
  }
}
