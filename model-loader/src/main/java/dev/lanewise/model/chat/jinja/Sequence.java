package dev.lanewise.model.chat.jinja;

import java.util.List;

/**
 * A list, a tuple, or what Python's dict views and Jinja2's groups are: a row of values of a known
 * length.
 */
final class Sequence implements Value {
  /** What Python would call the row. */
  enum Kind {
    LIST("list"),
    TUPLE("tuple"),
    ITEMS("dict_items"),
    KEYS("dict_keys"),
    VALUES("dict_values"),
    /**
     * One result of {@code groupby}: a pair whose parts are named {@code grouper} and {@code list}.
     */
    GROUP("_GroupTuple");

    final String typeName;

    Kind(String typeName) {
      this.typeName = typeName;
    }

    boolean isView() {
      return this == ITEMS || this == KEYS || this == VALUES;
    }

    boolean isTuple() {
      return this == TUPLE || this == GROUP;
    }
  }

  private final Kind kind;
  private final List<Value> elements;
  private final Extent extent;

  Sequence(Kind kind, List<Value> elements) {
    this(kind, elements, true);
  }

  Sequence(Kind kind, List<Value> elements, boolean template) {
    this.kind = kind;
    this.elements = List.copyOf(elements);
    this.extent = Extent.of(this.elements, template);
  }

  static Sequence list(List<Value> elements) {
    return new Sequence(Kind.LIST, elements);
  }

  static Sequence tuple(Value... elements) {
    return new Sequence(Kind.TUPLE, List.of(elements));
  }

  Kind kind() {
    return kind;
  }

  List<Value> elements() {
    return elements;
  }

  @Override
  public String typeName() {
    return kind.typeName;
  }

  @Override
  public boolean truth() {
    return !elements.isEmpty();
  }

  @Override
  public boolean template() {
    return extent.template();
  }

  @Override
  public int height() {
    return extent.height();
  }

  @Override
  public long weight() {
    return extent.weight();
  }

  @Override
  public int size() {
    return 1 + elements.size();
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof Sequence that
            && (kind == that.kind || (kind.isTuple() && that.kind.isTuple()))
            && elements.equals(that.elements));
  }

  @Override
  public int hashCode() {
    return elements.hashCode();
  }
}
