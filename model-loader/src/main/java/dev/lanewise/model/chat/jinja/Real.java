package dev.lanewise.model.chat.jinja;

/**
 * Python's {@code float}.
 *
 * @param template false if the digits came from the conversation
 */
record Real(double value, boolean template) implements Value {
  @Override
  public String typeName() {
    return "float";
  }

  @Override
  public boolean truth() {
    return value != 0;
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
