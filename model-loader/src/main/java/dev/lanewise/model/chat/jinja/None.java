package dev.lanewise.model.chat.jinja;

/** Python's {@code None}. */
enum None implements Value {
  NONE;

  @Override
  public String typeName() {
    return "NoneType";
  }

  @Override
  public boolean truth() {
    return false;
  }

  @Override
  public boolean template() {
    return true;
  }
}
