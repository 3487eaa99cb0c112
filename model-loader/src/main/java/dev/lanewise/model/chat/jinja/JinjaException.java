package dev.lanewise.model.chat.jinja;

/** A template that cannot be compiled or rendered. */
public final class JinjaException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int line;
  private final int column;

  /** Something that cannot be compiled. */
  JinjaException(String message, Place place) {
    this(message, place.line(), place.column());
  }

  /** Something that went wrong in a line while a template was rendered. */
  JinjaException(String message, int line) {
    this(message, line, 0);
  }

  private JinjaException(String message, int line, int column) {
    super(message.length() > Limits.MESSAGE ? message.substring(0, Limits.MESSAGE) : message);
    this.line = line;
    this.column = column;
  }

  /** The line of the template, counted from 1. */
  public int line() {
    return line;
  }

  /** The character of the line, counted from 1; 0 if it is not known. */
  public int column() {
    return column;
  }
}
