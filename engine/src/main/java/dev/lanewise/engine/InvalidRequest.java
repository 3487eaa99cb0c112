package dev.lanewise.engine;

/** A request asks for something that cannot be; names the field. */
public final class InvalidRequest extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final String field;

  /** A problem with one field of a request. */
  public InvalidRequest(String field, String problem) {
    super(problem);
    this.field = field;
  }

  /** The field at fault. */
  public String field() {
    return field;
  }
}
