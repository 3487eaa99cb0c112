package dev.lanewise.model.chat.jinja;

import java.util.HashMap;
import java.util.Map;

/** All filters by name. */
final class Filters {
  private static final Map<String, Filter> FILTERS = all();

  private Filters() {}

  private static Map<String, Filter> all() {
    Map<String, Filter> filters = new HashMap<>();
    filters.putAll(TextFilters.all());
    filters.putAll(NumberFilters.all());
    filters.putAll(SequenceFilters.all());
    filters.putAll(SelectionFilters.all());
    filters.putAll(OrderFilters.all());
    filters.put("tojson", JsonWriter::write);
    filters.put(
        "from_json", (subject, arguments, run) -> JsonReader.read(Printer.text(subject), run));
    return Map.copyOf(filters);
  }

  static boolean exists(String name) {
    return FILTERS.containsKey(name);
  }

  static Value apply(String name, Value subject, Arguments arguments, Run run) {
    Filter filter = FILTERS.get(name);
    if (filter == null) {
      throw new Fault("No filter named '" + name + "'.");
    }
    run.spend(subject.size());
    Value result = filter.apply(subject, arguments, run);
    run.spend(result.size());
    return result;
  }
}
