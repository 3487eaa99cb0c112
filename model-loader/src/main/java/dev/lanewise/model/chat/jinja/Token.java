package dev.lanewise.model.chat.jinja;

/**
 * A token of a template.
 *
 * @param text the name, the operator, the digits, or the characters a string or data stands for
 * @param place where it begins
 */
record Token(Kind kind, String text, Place place) {
  /** Kinds of tokens. */
  enum Kind {
    DATA("template data"),
    VARIABLE_BEGIN("begin of print statement"),
    VARIABLE_END("end of print statement"),
    BLOCK_BEGIN("begin of statement block"),
    BLOCK_END("end of statement block"),
    NAME("name"),
    STRING("string"),
    INTEGER("integer"),
    FLOAT("float"),
    OPERATOR("operator"),
    END("end of template");

    final String description;

    Kind(String description) {
      this.description = description;
    }
  }

  int line() {
    return place.line();
  }

  boolean is(Kind expected) {
    return kind == expected;
  }

  boolean isOperator(String operator) {
    return kind == Kind.OPERATOR && text.equals(operator);
  }

  boolean isName(String name) {
    return kind == Kind.NAME && text.equals(name);
  }

  /** For messages. */
  String description() {
    return switch (kind) {
      case NAME, OPERATOR, INTEGER, FLOAT -> "'" + text + "'";
      default -> kind.description;
    };
  }
}
