package dev.lanewise.model.chat.jinja;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Python's {@code dict}, in the order of insertion. The keys are those {@link #key} lets pass. */
final class Mapping implements Value {
  private final Map<Value, Value> entries;
  private final Extent extent;

  Mapping(Map<Value, Value> entries) {
    this(entries, true);
  }

  Mapping(Map<Value, Value> entries, boolean template) {
    this.entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    this.extent = Extent.of(entries.keySet(), entries.values(), template);
  }

  Map<Value, Value> entries() {
    return entries;
  }

  /**
   * The key itself. Python accepts more kinds of keys; here it is only those for which a map stays
   * fast whatever keys a hostile template chooses.
   */
  static Value key(Value key) {
    if (key instanceof Text || Numbers.isInteger(key) || key instanceof None) {
      return key;
    }
    throw new Fault("a dict key must be str, int, bool or None, not '" + key.typeName() + "'");
  }

  /** The value of a key; null if there is none. */
  Value get(Value key) {
    return key instanceof Text || Numbers.isInteger(key) || key instanceof None
        ? entries.get(key)
        : null;
  }

  /** The pairs, as tuples. */
  List<Value> items() {
    return entries.entrySet().stream()
        .map(entry -> (Value) Sequence.tuple(entry.getKey(), entry.getValue()))
        .toList();
  }

  List<Value> keys() {
    return List.copyOf(entries.keySet());
  }

  @Override
  public String typeName() {
    return "dict";
  }

  @Override
  public boolean truth() {
    return !entries.isEmpty();
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
    return 1 + entries.size();
  }

  @Override
  public boolean equals(Object other) {
    return this == other || (other instanceof Mapping that && entries.equals(that.entries));
  }

  @Override
  public int hashCode() {
    return entries.hashCode();
  }
}
