package dev.lanewise.model.chat.jinja;

import java.util.Collection;

/**
 * What a container knows about everything inside it; computing it rejects values that are too deep
 * or too large.
 */
record Extent(int height, long weight, boolean template) {
  static Extent of(Collection<Value> parts, boolean template) {
    int height = 0;
    long weight = 1;
    boolean allTemplate = template;
    for (Value part : parts) {
      height = Math.max(height, part.height());
      weight += part.weight();
      allTemplate &= part.template();
    }
    return checked(height + 1, weight, allTemplate);
  }

  static Extent of(Collection<Value> keys, Collection<Value> values, boolean template) {
    Extent ofKeys = of(keys, template);
    Extent ofValues = of(values, template);
    return checked(
        Math.max(ofKeys.height, ofValues.height),
        ofKeys.weight + ofValues.weight,
        ofKeys.template && ofValues.template);
  }

  private static Extent checked(int height, long weight, boolean template) {
    if (height > Limits.VALUE_DEPTH) {
      throw new Fault("lists and dicts nested more than " + Limits.VALUE_DEPTH + " deep");
    }
    if (weight > Limits.VALUE_WEIGHT) {
      throw new Fault("value too large");
    }
    return new Extent(height, weight, template);
  }
}
