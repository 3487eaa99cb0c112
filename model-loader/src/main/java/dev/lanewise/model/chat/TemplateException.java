package dev.lanewise.model.chat;

/**
 * A chat template that cannot be compiled, or does not render a conversation: it raised an error
 * itself, did something impossible, or went beyond what a template may use.
 */
public final class TemplateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int line;

  TemplateException(String message, int line, Throwable cause) {
    super(message, cause);
    this.line = line;
  }

  /** The line of the template, counted from 1. */
  public int line() {
    return line;
  }
}
