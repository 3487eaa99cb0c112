package dev.lanewise.model.chat.jinja;

import dev.lanewise.model.chat.jinja.Statement.Parameter;
import dev.lanewise.model.chat.jinja.Statement.Signature;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A macro, with the names around its definition. */
final class Macro implements Callable {
  private final Signature signature;
  private final Scope around;
  private final Executor executor;

  Macro(Signature signature, Scope around, Executor executor) {
    this.signature = signature;
    this.around = around;
    this.executor = executor;
  }

  String name() {
    return signature.name();
  }

  @Override
  public String typeName() {
    return "Macro";
  }

  @Override
  public Value call(Arguments arguments, Run run) {
    Scope scope = around.inner();
    Map<String, Value> named = new LinkedHashMap<>(arguments.named());
    List<Parameter> parameters = signature.parameters();
    int given = Math.min(parameters.size(), arguments.positional().size());
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      Value value = named.remove(parameter.name());
      if (i < given) {
        if (value != null) {
          throw new Fault(
              "macro '" + name() + "' got multiple values for argument '" + parameter.name() + "'");
        }
        value = arguments.positional().get(i);
      }
      if (value == null) {
        value = fallback(parameter, scope);
      }
      scope.set(parameter.name(), value);
    }
    takeCaller(named, scope);
    takeRest(arguments.positional().subList(given, arguments.positional().size()), named, scope);
    return executor.render(signature.body(), scope);
  }

  private Value fallback(Parameter parameter, Scope scope) {
    return parameter.fallback() == null
        ? new Undefined("parameter '" + parameter.name() + "' was not provided")
        : executor.evaluator().evaluate(parameter.fallback(), scope);
  }

  private void takeCaller(Map<String, Value> named, Scope scope) {
    Value caller = named.remove("caller");
    boolean isCaller = signature.name().equals("caller");
    if (caller != null) {
      scope.set("caller", caller);
    } else if (!isCaller) {
      scope.set("caller", new Undefined("No caller defined"));
    }
  }

  private void takeRest(List<Value> positional, Map<String, Value> named, Scope scope) {
    if (signature.usesVarargs()) {
      scope.set("varargs", new Sequence(Sequence.Kind.TUPLE, positional));
    } else if (!positional.isEmpty()) {
      throw new Fault(
          "macro '"
              + name()
              + "' takes not more than "
              + signature.parameters().size()
              + " argument(s)");
    }
    if (signature.usesKwargs()) {
      Map<Value, Value> entries = new LinkedHashMap<>();
      named.forEach((name, value) -> entries.put(Text.template(name), value));
      scope.set("kwargs", new Mapping(entries));
    } else if (!named.isEmpty()) {
      throw new Fault(
          "macro '"
              + name()
              + "' takes no keyword argument '"
              + named.keySet().iterator().next()
              + "'");
    }
  }
}
