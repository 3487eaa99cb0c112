package dev.lanewise.model.chat.jinja;

/** Something a template did wrong while it ran; the place is added by {@link Template}. */
final class Fault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Fault(String message) {
    super(message, null, false, false);
  }
}
