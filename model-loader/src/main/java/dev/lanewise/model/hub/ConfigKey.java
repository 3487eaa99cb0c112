package dev.lanewise.model.hub;

import java.util.List;
import java.util.Optional;

/**
 * A key of {@code config.json} whose value GGUF has too.
 *
 * @param names in {@code config.json}; the first that is there counts
 * @param ggufName without the prefix of the architecture
 */
record ConfigKey(String ggufName, Kind kind, List<String> names) {
  /** What a value is. */
  enum Kind {
    /** An integer of 1 or more, which must be there. */
    SIZE,
    /** The same where it is there. */
    OPTIONAL_SIZE,
    /** An integer of 0 or more, which must be there. */
    INDEX,
    /** An integer of 1 or more, of which GGUF has four times as much. */
    FOURFOLD,
    /** A positive number, where it is there. */
    REAL,
    /** A positive number whose inverse root GGUF has. */
    INVERSE_ROOT,
    /** A truth value, where it is there. */
    FLAG
  }

  static ConfigKey size(String ggufName, String... names) {
    return new ConfigKey(ggufName, Kind.SIZE, List.of(names));
  }

  static ConfigKey optSize(String ggufName, String... names) {
    return new ConfigKey(ggufName, Kind.OPTIONAL_SIZE, List.of(names));
  }

  static ConfigKey fourfold(String ggufName, String... names) {
    return new ConfigKey(ggufName, Kind.FOURFOLD, List.of(names));
  }

  static ConfigKey index(String ggufName, String name) {
    return new ConfigKey(ggufName, Kind.INDEX, List.of(name));
  }

  static ConfigKey real(String ggufName, String name) {
    return new ConfigKey(ggufName, Kind.REAL, List.of(name));
  }

  static ConfigKey flag(String ggufName, String... names) {
    return new ConfigKey(ggufName, Kind.FLAG, List.of(names));
  }

  static ConfigKey inverseRoot(String ggufName, String name) {
    return new ConfigKey(ggufName, Kind.INVERSE_ROOT, List.of(name));
  }

  /** The value that GGUF has. */
  Optional<Object> value(JsonFields config) {
    String name = names.stream().filter(config::has).findFirst().orElse(names.getFirst());
    return switch (kind) {
      case SIZE -> Optional.of(positive(config, name));
      case OPTIONAL_SIZE ->
          config.has(name) ? Optional.of(positive(config, name)) : Optional.empty();
      case INDEX -> Optional.of((long) config.size(name));
      case FOURFOLD -> Optional.of(4 * positive(config, name));
      case REAL -> config.optPositive(name).map(Object.class::cast);
      case INVERSE_ROOT -> Optional.of(1 / Math.sqrt(config.positive(name)));
      case FLAG -> config.optBool(name).map(Object.class::cast);
    };
  }

  /** An integer of 1 or more. */
  static long positive(JsonFields config, String key) {
    int value = config.size(key);
    if (value == 0) {
      throw config.error(key, "should not be 0");
    }
    return value;
  }
}
