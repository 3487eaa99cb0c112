package dev.lanewise.model.tokenizer;

/** What a vocabulary entry is for, as numbered by {@code tokenizer.ggml.token_type}. */
enum TokenType {
  UNDEFINED,
  NORMAL,
  UNKNOWN,
  CONTROL,
  USER_DEFINED,
  UNUSED,
  BYTE;

  private static final TokenType[] BY_NUMBER = values();

  /** The type of a number in the file; numbers nobody has defined are {@link #UNDEFINED}. */
  static TokenType ofNumber(int number) {
    return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : UNDEFINED;
  }

  /** True if only the template may produce the token: its text in a message is just text. */
  boolean needsTemplate() {
    return this == CONTROL || this == UNKNOWN;
  }

  /** True if the token is found in the text before the rest is tokenized. */
  boolean splitsText() {
    return this == CONTROL || this == UNKNOWN || this == USER_DEFINED;
  }

  /** True if merging plain text may end in the token. */
  boolean isPlainText() {
    return this == NORMAL || this == USER_DEFINED || this == UNUSED || this == UNDEFINED;
  }
}
