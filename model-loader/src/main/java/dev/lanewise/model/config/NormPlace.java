package dev.lanewise.model.config;

/** Where the norms of a block stand; its parts are attention and feed-forward network. */
public enum NormPlace {
  /** Before each part. */
  BEFORE,

  /** Behind each part, before its output is added to the residual. */
  BEHIND,

  /** Before each part and behind it. */
  AROUND,

  /** Behind each sum: the residual itself is normed, and there is no norm before the head. */
  AFTER_SUM;

  /** Whether the inputs of the parts are normed. */
  public boolean before() {
    return this == BEFORE || this == AROUND;
  }

  /** Whether the outputs of the parts are normed. */
  public boolean behind() {
    return this == BEHIND || this == AROUND;
  }
}
