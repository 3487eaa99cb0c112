package dev.lanewise.server.schema;

/** A schema that is malformed, that nothing satisfies, or that asks for what is not supported. */
public final class InvalidSchema extends RuntimeException {
  private final String pointer;

  /**
   * A refusal.
   *
   * @param pointer the JSON pointer (RFC 6901) of the offending part, empty for the whole schema
   * @param problem what is wrong with it, a sentence that goes on after its name
   */
  InvalidSchema(String pointer, String problem) {
    super((pointer.isEmpty() ? "the schema" : pointer) + " " + problem);
    this.pointer = pointer;
  }

  /** The JSON pointer of the offending part, such as {@code /properties/a/pattern}. */
  public String pointer() {
    return pointer;
  }
}
