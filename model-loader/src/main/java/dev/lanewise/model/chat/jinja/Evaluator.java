package dev.lanewise.model.chat.jinja;

import dev.lanewise.model.chat.jinja.Expression.Argument;
import dev.lanewise.model.chat.jinja.Expression.ArgumentList;
import dev.lanewise.model.chat.jinja.Expression.FilterUse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Computes the value of expressions. */
final class Evaluator {
  private final Run run;

  Evaluator(Run run) {
    this.run = run;
  }

  /** Throws {@link Fault}, with the line it concerns left in the run. */
  Value evaluate(Expression expression, Scope scope) {
    run.enter();
    Value value =
        switch (expression) {
          case Expression.Constant constant -> constant.value();
          case Expression.Name name -> scope.get(name.name());
          case Expression.ListDisplay list -> Sequence.list(all(list.elements(), scope));
          case Expression.TupleDisplay tuple ->
              new Sequence(Sequence.Kind.TUPLE, all(tuple.elements(), scope));
          case Expression.DictDisplay dict -> dict(dict, scope);
          case Expression.Not not -> Bool.of(!evaluate(not.operand(), scope).truth());
          case Expression.And and -> {
            Value left = evaluate(and.left(), scope);
            yield left.truth() ? evaluate(and.right(), scope) : left;
          }
          case Expression.Or or -> {
            Value left = evaluate(or.left(), scope);
            yield left.truth() ? left : evaluate(or.right(), scope);
          }
          case Expression.Sign sign -> sign(sign, scope);
          case Expression.Binary binary -> binary(binary, scope);
          case Expression.Concatenation concatenation -> concatenation(concatenation, scope);
          case Expression.Comparison comparison -> Bool.of(comparison(comparison, scope));
          case Expression.Conditional conditional -> conditional(conditional, scope);
          case Expression.Attribute attribute -> attribute(attribute, scope);
          case Expression.Item item -> item(item, scope);
          case Expression.Slice slice -> slice(slice, scope);
          case Expression.Call call -> call(call, scope);
          case Expression.Filtered filtered ->
              filter(filtered.filter(), evaluate(filtered.subject(), scope), scope);
          case Expression.Tested tested -> Bool.of(test(tested, scope));
        };
    run.leave();
    return value;
  }

  private List<Value> all(List<Expression> expressions, Scope scope) {
    List<Value> values = new ArrayList<>(expressions.size());
    for (Expression expression : expressions) {
      values.add(evaluate(expression, scope));
    }
    return values;
  }

  private Value dict(Expression.DictDisplay dict, Scope scope) {
    Map<Value, Value> entries = new LinkedHashMap<>();
    for (Expression.Entry entry : dict.entries()) {
      Value key = evaluate(entry.key(), scope);
      Value value = evaluate(entry.value(), scope);
      run.at(dict.line());
      entries.put(Mapping.key(key), value);
    }
    return new Mapping(entries);
  }

  private Value sign(Expression.Sign sign, Scope scope) {
    Value operand = evaluate(sign.operand(), scope);
    run.at(sign.line());
    return sign.negative() ? Arithmetic.negative(operand) : Arithmetic.positive(operand);
  }

  private Value binary(Expression.Binary binary, Scope scope) {
    Value left = evaluate(binary.left(), scope);
    Value right = evaluate(binary.right(), scope);
    run.at(binary.line());
    Value result = Arithmetic.apply(binary.operator(), left, right, run);
    run.spend(result.size());
    return result;
  }

  private Value concatenation(Expression.Concatenation concatenation, Scope scope) {
    TextBuilder result = new TextBuilder();
    for (Expression part : concatenation.parts()) {
      Printer.print(evaluate(part, scope), result);
    }
    Text text = result.text();
    run.spend(text.size());
    return text;
  }

  private boolean comparison(Expression.Comparison comparison, Scope scope) {
    Value left = evaluate(comparison.first(), scope);
    for (Expression.Step step : comparison.steps()) {
      Value right = evaluate(step.right(), scope);
      run.at(comparison.line());
      if (!Comparison.holds(step.operator(), left, right, run)) {
        return false;
      }
      left = right;
    }
    return true;
  }

  private Value conditional(Expression.Conditional conditional, Scope scope) {
    if (evaluate(conditional.condition(), scope).truth()) {
      return evaluate(conditional.then(), scope);
    }
    return conditional.otherwise() == null
        ? new Undefined("the conditional expression was false and has no 'else'")
        : evaluate(conditional.otherwise(), scope);
  }

  private Value attribute(Expression.Attribute attribute, Scope scope) {
    Value subject = evaluate(attribute.subject(), scope);
    run.at(attribute.line());
    return Access.attribute(subject, attribute.name());
  }

  private Value item(Expression.Item item, Scope scope) {
    Value subject = evaluate(item.subject(), scope);
    Value index = evaluate(item.index(), scope);
    run.at(item.line());
    return Access.item(subject, index, run);
  }

  private Value slice(Expression.Slice slice, Scope scope) {
    Value subject = evaluate(slice.subject(), scope);
    Value from = optional(slice.from(), scope);
    Value to = optional(slice.to(), scope);
    Value step = optional(slice.step(), scope);
    run.at(slice.line());
    run.spend(subject instanceof Text ? subject.size() : 0);
    Value result = Slices.slice(subject, from, to, step);
    run.spend(result.size());
    return result;
  }

  private Value optional(Expression expression, Scope scope) {
    return expression == null ? None.NONE : evaluate(expression, scope);
  }

  Value call(Expression.Call call, Scope scope) {
    Value callee = evaluate(call.callee(), scope);
    Arguments arguments = arguments(call.arguments(), scope);
    run.at(call.line());
    return call(callee, arguments);
  }

  Value call(Value callee, Arguments arguments) {
    return switch (callee) {
      case Callable callable -> {
        Value result = callable.call(arguments, run);
        run.spend(result.size());
        yield result;
      }
      case Undefined undefined -> throw undefined.fault();
      default -> throw new Fault("'" + callee.typeName() + "' object is not callable");
    };
  }

  Arguments arguments(ArgumentList list, Scope scope) {
    List<Value> positional = new ArrayList<>();
    Map<String, Value> named = new LinkedHashMap<>();
    for (Argument argument : list.arguments()) {
      Value value = evaluate(argument.value(), scope);
      switch (argument.name()) {
        case null -> positional.add(value);
        case "*" -> positional.addAll(Iteration.elements(value, run));
        case "**" -> spread(value, named);
        default -> named.put(argument.name(), value);
      }
    }
    return new Arguments(positional, named);
  }

  private static void spread(Value value, Map<String, Value> named) {
    if (!(value instanceof Mapping mapping)) {
      throw new Fault("argument after ** must be a mapping, not " + value.typeName());
    }
    mapping
        .entries()
        .forEach(
            (key, argument) -> {
              if (!(key instanceof Text name)) {
                throw new Fault("keywords must be strings");
              }
              named.put(name.chars(), argument);
            });
  }

  Value filter(FilterUse filter, Value subject, Scope scope) {
    Arguments arguments = arguments(filter.arguments(), scope);
    run.at(filter.line());
    return Filters.apply(filter.name(), subject, arguments, run);
  }

  private boolean test(Expression.Tested tested, Scope scope) {
    Value subject = evaluate(tested.subject(), scope);
    Arguments arguments = arguments(tested.arguments(), scope);
    run.at(tested.line());
    return Tests.holds(tested.test(), subject, arguments, run);
  }
}
