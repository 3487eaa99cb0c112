package dev.lanewise.server.batch;

/** A line of the input that is no request, or none that could be told from others. */
final class InvalidLine extends Exception {
  private static final long serialVersionUID = 1;

  private final String code;

  private InvalidLine(String code, String message) {
    super(message);
    this.code = code;
  }

  static InvalidLine tooLong(int most) {
    return new InvalidLine("line_too_long", "The line is longer than %d bytes.".formatted(most));
  }

  static InvalidLine malformed(String message) {
    return new InvalidLine("invalid_json_line", message);
  }

  static InvalidLine withoutId() {
    return new InvalidLine("invalid_custom_id", "'custom_id' must be a string that is not empty.");
  }

  static InvalidLine repeated(String customId) {
    return new InvalidLine(
        "duplicate_custom_id", "An earlier line has the 'custom_id' '%s' too.".formatted(customId));
  }

  /** Its kind, for programs. */
  String code() {
    return code;
  }
}
