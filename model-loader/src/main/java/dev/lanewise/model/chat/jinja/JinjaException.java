package dev.lanewise.model.chat.jinja;

/** A template that cannot be compiled or rendered. */
public final class JinjaException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int line;

  JinjaException(String message, int line) {
    super(message.length() > Limits.MESSAGE ? message.substring(0, Limits.MESSAGE) : message);
    this.line = line;
  }

  /** The line of the template, counted from 1. */
  public int line() {
    return line;
  }
}
