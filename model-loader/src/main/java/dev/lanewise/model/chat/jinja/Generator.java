package dev.lanewise.model.chat.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * What {@code map}, {@code select}, {@code items} and their like give in Jinja2: true even if
 * empty, without a length, and used up by going through it once.
 */
final class Generator implements Value {
  private final Iterator<Value> rest;
  private final boolean template;

  Generator(List<Value> elements) {
    this.rest = elements.iterator();
    this.template = elements.stream().allMatch(Value::template);
  }

  List<Value> drain() {
    List<Value> elements = new ArrayList<>();
    rest.forEachRemaining(elements::add);
    return elements;
  }

  Iterator<Value> rest() {
    return rest;
  }

  @Override
  public String typeName() {
    return "generator";
  }

  @Override
  public boolean truth() {
    return true;
  }

  @Override
  public boolean template() {
    return template;
  }
}
