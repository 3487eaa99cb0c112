package dev.lanewise.model.chat.jinja;

/** Python's {@code True} and {@code False}; equal to 1 and 0. */
record Bool(boolean truth) implements Value {
  static final Bool TRUE = new Bool(true);
  static final Bool FALSE = new Bool(false);

  static Bool of(boolean value) {
    return value ? TRUE : FALSE;
  }

  @Override
  public String typeName() {
    return "bool";
  }

  /**
   * Always: the words {@code True} and {@code False} are the language's, whoever chose between
   * them.
   */
  @Override
  public boolean template() {
    return true;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Value that && Numbers.equal(this, that);
  }

  @Override
  public int hashCode() {
    return Numbers.hash(this);
  }
}
