package dev.lanewise.model.chat.jinja;

/**
 * What a template computes with. Values are immutable, except for {@link Namespace} and what
 * remembers a position ({@link Generator}, {@link Loop}). {@code equals} and {@code hashCode}
 * follow Python: {@code 1 == 1.0 == True}.
 */
sealed interface Value
    permits Text,
        Int,
        Real,
        Bool,
        None,
        Undefined,
        Sequence,
        Mapping,
        Generator,
        Namespace,
        Callable {
  /** Python's name of the type, for messages. */
  String typeName();

  boolean truth();

  /** True if nothing of this value came from the conversation. */
  boolean template();

  /** Levels of containers in this value; bounded, so that recursion over a value is. */
  default int height() {
    return 0;
  }

  /** The size of this value with everything in it, see {@link Limits#VALUE_WEIGHT}. */
  default long weight() {
    return 1;
  }

  /** The size of this value alone: elements, or eights of characters. */
  default int size() {
    return 1;
  }
}
