package dev.lanewise.model.gguf;

import dev.lanewise.model.ModelFormatException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The metadata of a model file. Values are {@link Long} (all integer types), {@link Double}, {@link
 * Boolean}, {@link String}, {@code int[]}, {@code float[]}, or a list of strings or booleans.
 * Getters throw a {@link ModelFormatException} that names the key where it is missing or of another
 * type.
 */
public final class Metadata {
  private final Path file;
  private final Map<String, Object> values;

  /** Metadata of {@code file}, in file order. */
  public Metadata(Path file, Map<String, Object> values) {
    this.file = file;
    this.values = Collections.unmodifiableMap(values);
  }

  /** The file these values come from. */
  public Path file() {
    return file;
  }

  /** All keys, in file order. */
  public Set<String> keys() {
    return values.keySet();
  }

  /** Whether the file has a key. */
  public boolean has(String key) {
    return values.containsKey(key);
  }

  /** The value of a key as it is stored. */
  public Object raw(String key) {
    Object value = values.get(key);
    if (value == null) {
      throw new ModelFormatException(file, key, "missing from the metadata");
    }
    return value;
  }

  /** A string. */
  public String string(String key) {
    return typed(key, String.class, "a string");
  }

  /** A string, where the key is present. */
  public Optional<String> optString(String key) {
    return has(key) ? Optional.of(string(key)) : Optional.empty();
  }

  /** An integer that fits 32 bits. */
  public int integer(String key) {
    long value = typed(key, Long.class, "an integer");
    if (value != (int) value) {
      throw new ModelFormatException(file, key, value + " is out of range");
    }
    return (int) value;
  }

  /** An integer, where the key is present. */
  public OptionalInt optInteger(String key) {
    return has(key) ? OptionalInt.of(integer(key)) : OptionalInt.empty();
  }

  /** A finite floating-point number. */
  public float real(String key) {
    double value = typed(key, Double.class, "a floating-point number");
    if (!Double.isFinite(value)) {
      throw new ModelFormatException(file, key, value + " is not finite");
    }
    return (float) value;
  }

  /** A floating-point number, where the key is present. */
  public Optional<Float> optReal(String key) {
    return has(key) ? Optional.of(real(key)) : Optional.empty();
  }

  /** A truth value, where the key is present. */
  public Optional<Boolean> optBool(String key) {
    return has(key) ? Optional.of(typed(key, Boolean.class, "a truth value")) : Optional.empty();
  }

  /** A list of strings. */
  public List<String> strings(String key) {
    List<?> list = typed(key, List.class, "a list of strings");
    if (!list.isEmpty() && !(list.getFirst() instanceof String)) {
      throw new ModelFormatException(file, key, "should be a list of strings");
    }
    return list.stream().map(String.class::cast).toList();
  }

  /** An array of integers. */
  public int[] integers(String key) {
    return typed(key, int[].class, "an array of integers");
  }

  /** An array of floating-point numbers. */
  public float[] floats(String key) {
    return typed(key, float[].class, "an array of floating-point numbers");
  }

  private <T> T typed(String key, Class<T> type, String description) {
    Object value = raw(key);
    if (!type.isInstance(value)) {
      throw new ModelFormatException(file, key, "should be " + description);
    }
    return type.cast(value);
  }
}
