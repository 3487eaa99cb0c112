package dev.lanewise.model.chat.jinja;

/**
 * The value of a name or attribute that does not exist: prints as nothing, is false, iterates over
 * nothing, and is an error in every other use.
 *
 * @param problem what the error says
 */
record Undefined(String problem) implements Value {
  static Undefined name(String name) {
    return new Undefined("'" + name + "' is undefined");
  }

  static Undefined attribute(Value subject, String name) {
    String owner =
        switch (subject) {
          case None _ -> "'None'";
          case Mapping _ -> "'dict object'";
          default -> "'" + subject.typeName() + " object'";
        };
    return new Undefined(owner + " has no attribute '" + name + "'");
  }

  static Undefined unsafe(Value subject, String name) {
    return new Undefined(
        "access to attribute '"
            + name
            + "' of '"
            + subject.typeName()
            + "' object is not allowed in a chat template");
  }

  Fault fault() {
    return new Fault(problem);
  }

  @Override
  public String typeName() {
    return "Undefined";
  }

  @Override
  public boolean truth() {
    return false;
  }

  @Override
  public boolean template() {
    return true;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Undefined;
  }

  @Override
  public int hashCode() {
    return 0;
  }
}
