package dev.lanewise.engine;

import dev.lanewise.model.gguf.Metadata;
import java.util.OptionalInt;

/** How the hidden states of the tokens of a text become one vector. */
public enum Pooling {
  /** The mean of all. */
  MEAN,
  /** That of the first token, which encoders have for that. */
  CLS,
  /** That of the last token. */
  LAST;

  private static final int TYPE_NONE = 0;
  private static final int TYPE_MEAN = 1;
  private static final int TYPE_CLS = 2;
  private static final int TYPE_LAST = 3;

  /**
   * What the file of a model says, with {@code pooling_type} as GGUF numbers it; the mean where it
   * says nothing.
   *
   * @throws InvalidRequest if it says something else
   */
  static Pooling of(Metadata metadata, String architecture) {
    OptionalInt type = metadata.optInteger(architecture + ".pooling_type");
    return switch (type.orElse(TYPE_NONE)) {
      case TYPE_NONE, TYPE_MEAN -> MEAN;
      case TYPE_CLS -> CLS;
      case TYPE_LAST -> LAST;
      default ->
          throw new InvalidRequest(
              "pooling",
              "must be named: the model's pooling_type is "
                  + type.getAsInt()
                  + ", and this version knows mean (1), cls (2) and last (3)");
    };
  }
}
