package dev.lanewise.model.chat;

import dev.lanewise.model.chat.jinja.JinjaException;

/**
 * A chat template that cannot be compiled, or does not render a conversation: it raised an error
 * itself, did something impossible, or went beyond what a template may use.
 */
public final class TemplateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int line;
  private final int column;

  TemplateException(JinjaException cause) {
    super(cause.getMessage(), cause);
    line = cause.line();
    column = cause.column();
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
