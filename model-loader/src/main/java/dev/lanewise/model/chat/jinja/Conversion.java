package dev.lanewise.model.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes values of plain Java ones: String, Number, Boolean, null, List, Map with String keys. */
final class Conversion {
  private final boolean template;
  private int depth;

  /**
   * @param template whether the texts and numbers count as the template's own
   */
  Conversion(boolean template) {
    this.template = template;
  }

  /** Throws {@link Fault} if the value nests too deep or holds an object of another class. */
  Value value(Object object) {
    return switch (object) {
      case null -> None.NONE;
      case String text -> Text.of(text, template);
      case Boolean bool -> Bool.of(bool);
      case Double number -> new Real(number, template);
      case Float number -> new Real(number, template);
      case BigDecimal number -> new Real(number.doubleValue(), template);
      case BigInteger number -> new Int(number, template);
      case Number number -> new Int(BigInteger.valueOf(number.longValue()), template);
      case List<?> list -> list(list);
      case Map<?, ?> map -> map(map);
      default ->
          throw new Fault("a " + object.getClass().getName() + " cannot be given to a template");
    };
  }

  private Value list(List<?> list) {
    enter();
    List<Value> elements = new ArrayList<>(list.size());
    list.forEach(element -> elements.add(value(element)));
    depth--;
    return new Sequence(Sequence.Kind.LIST, elements, template);
  }

  private Value map(Map<?, ?> map) {
    enter();
    Map<Value, Value> entries = new LinkedHashMap<>();
    map.forEach((key, element) -> entries.put(Text.of((String) key, template), value(element)));
    depth--;
    return new Mapping(entries, template);
  }

  private void enter() {
    if (++depth > Limits.VALUE_DEPTH) {
      throw new Fault("lists and objects nested more than " + Limits.VALUE_DEPTH + " deep");
    }
  }
}
