package dev.lanewise.model.chat.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/** Jinja2's {@code namespace}: the one thing whose attributes a template can set. */
final class Namespace implements Value {
  private final Map<String, Value> attributes = new LinkedHashMap<>();

  Map<String, Value> attributes() {
    return attributes;
  }

  @Override
  public String typeName() {
    return "Namespace";
  }

  @Override
  public boolean truth() {
    return true;
  }

  @Override
  public boolean template() {
    return true;
  }
}
