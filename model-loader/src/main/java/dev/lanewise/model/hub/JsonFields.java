package dev.lanewise.model.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.UnsupportedModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The fields of a JSON object. A field that is null counts as absent. Getters throw a {@link
 * ModelFormatException} that names the field where it has another type.
 *
 * @param file for messages
 * @param prefix of the names in messages: empty, or the object's own name and a dot
 */
public record JsonFields(Path file, String prefix, ObjectNode object) {
  /** Whether there is a field that is not null. */
  public boolean has(String name) {
    return object.hasNonNull(name);
  }

  /** The same with some more fields, unless there are fields of their names, null or not. */
  public JsonFields withDefaults(Map<String, Object> defaults) {
    ObjectNode all = object.deepCopy();
    defaults.forEach(
        (name, value) -> {
          if (!all.has(name)) {
            all.set(name, JsonFile.node(value));
          }
        });
    return new JsonFields(file, prefix, all);
  }

  /** The names of all fields, in their order. */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  /** A field of any type, which must be there. */
  public JsonNode node(String name) {
    if (!has(name)) {
      throw error(name, "missing");
    }
    return object.get(name);
  }

  /** An integer that is not negative and fits 32 bits. */
  public int size(String name) {
    JsonNode node = node(name);
    if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 0) {
      throw error(name, "should be an integer from 0 to " + Integer.MAX_VALUE);
    }
    return node.intValue();
  }

  /** As {@link #size(String)}, where the field is there. */
  public Optional<Integer> optSize(String name) {
    return has(name) ? Optional.of(size(name)) : Optional.empty();
  }

  /** A positive number. */
  public double positive(String name) {
    JsonNode node = node(name);
    if (!node.isNumber() || !(node.doubleValue() > 0) || !Float.isFinite(node.floatValue())) {
      throw error(name, "should be a positive number");
    }
    return node.doubleValue();
  }

  /** As {@link #positive(String)}, where the field is there. */
  public Optional<Double> optPositive(String name) {
    return has(name) ? Optional.of(positive(name)) : Optional.empty();
  }

  /** A truth value, where the field is there. */
  public Optional<Boolean> optBool(String name) {
    if (!has(name)) {
      return Optional.empty();
    }
    if (!node(name).isBoolean()) {
      throw error(name, "should be true or false");
    }
    return Optional.of(node(name).booleanValue());
  }

  /** A string. */
  public String string(String name) {
    if (!node(name).isTextual()) {
      throw error(name, "should be a string");
    }
    return node(name).textValue();
  }

  /** As {@link #string(String)}, where the field is there. */
  public Optional<String> optString(String name) {
    return has(name) ? Optional.of(string(name)) : Optional.empty();
  }

  /** An object. */
  public JsonFields fields(String name) {
    return fields(name, node(name));
  }

  /** As {@link #fields(String)}, where the field is there. */
  public Optional<JsonFields> optFields(String name) {
    return has(name) ? Optional.of(fields(name)) : Optional.empty();
  }

  /** The objects of a list; none if there is no such field. */
  public List<JsonFields> list(String name) {
    if (!has(name)) {
      return List.of();
    }
    if (!node(name).isArray()) {
      throw error(name, "should be a list");
    }
    List<JsonFields> elements = new ArrayList<>();
    for (JsonNode element : node(name)) {
      elements.add(fields(name + "[" + elements.size() + "]", element));
    }
    return elements;
  }

  private JsonFields fields(String name, JsonNode node) {
    if (!(node instanceof ObjectNode fields)) {
      throw error(name, "should be an object");
    }
    return new JsonFields(file, prefix + name + ".", fields);
  }

  /** A problem with a field. */
  public ModelFormatException error(String name, String problem) {
    return new ModelFormatException(file, prefix + name, problem);
  }

  /** A field whose value is not supported. */
  UnsupportedModel unsupported(String name, String supported) {
    return new UnsupportedModel(
        file, prefix + name + " = " + object.path(name).toPrettyString(), supported);
  }
}
