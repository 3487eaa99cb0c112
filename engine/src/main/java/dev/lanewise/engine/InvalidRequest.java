package dev.lanewise.engine;

/** A request that cannot be served as it is; nothing was computed for it. */
public final class InvalidRequest extends RuntimeException {
  private final String field;

  /**
   * A refusal.
   *
   * @param field the offending field by its OpenAI name, such as {@code top_p}
   * @param problem what is wrong with it and what would be right
   */
  public InvalidRequest(String field, String problem) {
    super(field + ": " + problem);
    this.field = field;
  }

  /** The offending field by its OpenAI name. */
  public String field() {
    return field;
  }
}
