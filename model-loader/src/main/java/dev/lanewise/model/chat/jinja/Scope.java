package dev.lanewise.model.chat.jinja;

import java.util.HashMap;
import java.util.Map;

/** Names and their values; a name not found here is looked up in the scope around. */
final class Scope {
  private final Scope parent;
  private final Map<String, Value> values;

  private Scope(Scope parent, Map<String, Value> values) {
    this.parent = parent;
    this.values = values;
  }

  static Scope outermost(Map<String, Value> values) {
    return new Scope(null, values);
  }

  Scope inner() {
    return new Scope(this, new HashMap<>());
  }

  void set(String name, Value value) {
    values.put(name, value);
  }

  Value get(String name) {
    for (Scope scope = this; scope != null; scope = scope.parent) {
      Value value = scope.values.get(name);
      if (value != null) {
        return value;
      }
    }
    return Undefined.name(name);
  }
}
