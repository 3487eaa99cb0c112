package dev.lanewise.model.chat.jinja;

import dev.lanewise.model.chat.jinja.Expression.FilterUse;
import dev.lanewise.model.chat.jinja.Statement.Target;
import java.util.ArrayList;
import java.util.List;

/** Executes statements. */
final class Executor {
  /** How a statement ended. */
  enum Flow {
    NEXT,
    BREAK,
    CONTINUE
  }

  private final Run run;
  private final Evaluator evaluator;

  Executor(Run run) {
    this.run = run;
    this.evaluator = new Evaluator(run);
  }

  Evaluator evaluator() {
    return evaluator;
  }

  Flow execute(List<Statement> statements, Scope scope, TextBuilder output) {
    run.enter();
    Flow flow = Flow.NEXT;
    for (int i = 0; i < statements.size() && flow == Flow.NEXT; i++) {
      run.spend(1);
      flow = execute(statements.get(i), scope, output);
    }
    run.leave();
    return flow;
  }

  private Flow execute(Statement statement, Scope scope, TextBuilder output) {
    switch (statement) {
      case Statement.Data data -> {
        run.spend(data.text().size());
        output.append(data.text());
      }
      case Statement.Output print -> output(print, scope, output);
      case Statement.If conditional -> {
        return conditional(conditional, scope, output);
      }
      case Statement.For loop -> loop(loop, scope, output);
      case Statement.Set set -> {
        Value value = evaluator.evaluate(set.value(), scope);
        run.at(set.line());
        assign(set.target(), value, scope);
      }
      case Statement.SetBlock set -> {
        Text body = render(set.body(), scope.inner());
        Value value = filtered(set.filters(), body, scope);
        run.at(set.line());
        assign(set.target(), value, scope);
      }
      case Statement.FilterBlock block -> {
        Value value = filtered(block.filters(), render(block.body(), scope.inner()), scope);
        Printer.print(value, output);
      }
      case Statement.With with -> {
        return with(with, scope, output);
      }
      case Statement.MacroDefinition macro ->
          scope.set(macro.signature().name(), new Macro(macro.signature(), scope, this));
      case Statement.CallBlock block -> callBlock(block, scope, output);
      case Statement.Break _ -> {
        return Flow.BREAK;
      }
      case Statement.Continue _ -> {
        return Flow.CONTINUE;
      }
    }
    return Flow.NEXT;
  }

  /** What statements write, as a text of its own. */
  Text render(List<Statement> statements, Scope scope) {
    TextBuilder output = new TextBuilder();
    execute(statements, scope, output);
    Text text = output.text();
    run.spend(text.size());
    return text;
  }

  private void output(Statement.Output print, Scope scope, TextBuilder output) {
    int before = output.length();
    run.at(print.line());
    Value value = evaluator.evaluate(print.value(), scope);
    run.at(print.line());
    Printer.print(value, output);
    run.spend((output.length() - before) / 8);
  }

  private Flow conditional(Statement.If conditional, Scope scope, TextBuilder output) {
    for (Statement.Branch branch : conditional.branches()) {
      run.at(branch.line());
      if (evaluator.evaluate(branch.condition(), scope).truth()) {
        return execute(branch.body(), scope, output);
      }
    }
    return execute(conditional.otherwise(), scope, output);
  }

  private void loop(Statement.For loop, Scope scope, TextBuilder output) {
    run.at(loop.line());
    loop(loop, evaluator.evaluate(loop.iterable(), scope), 0, scope, output);
  }

  private void loop(
      Statement.For loop, Value iterable, int depth, Scope scope, TextBuilder output) {
    run.at(loop.line());
    List<Value> elements = Iteration.elements(iterable, run);
    if (loop.filter() != null) {
      elements = matching(loop, elements, scope);
    }
    if (elements.isEmpty()) {
      execute(loop.otherwise(), scope.inner(), output);
      return;
    }
    Loop state =
        new Loop(
            elements,
            depth,
            loop.recursive() ? inner -> again(loop, inner, depth + 1, scope) : null);
    for (Value element : elements) {
      Scope body = scope.inner();
      state.advance();
      body.set("loop", state);
      run.at(loop.line());
      assign(loop.target(), element, body);
      if (execute(loop.body(), body, output) == Flow.BREAK) {
        return;
      }
    }
  }

  private Text again(Statement.For loop, Value iterable, int depth, Scope scope) {
    run.enter();
    TextBuilder output = new TextBuilder();
    loop(loop, iterable, depth, scope, output);
    run.leave();
    return output.text();
  }

  private List<Value> matching(Statement.For loop, List<Value> elements, Scope scope) {
    List<Value> matching = new ArrayList<>();
    for (Value element : elements) {
      Scope inner = scope.inner();
      assign(loop.target(), element, inner);
      if (evaluator.evaluate(loop.filter(), inner).truth()) {
        matching.add(element);
      }
    }
    return matching;
  }

  private Flow with(Statement.With with, Scope scope, TextBuilder output) {
    Scope inner = scope.inner();
    List<Value> values = new ArrayList<>();
    for (Expression value : with.values()) {
      values.add(evaluator.evaluate(value, scope));
    }
    run.at(with.line());
    for (int i = 0; i < values.size(); i++) {
      assign(with.targets().get(i), values.get(i), inner);
    }
    return execute(with.body(), inner, output);
  }

  private void callBlock(Statement.CallBlock block, Scope scope, TextBuilder output) {
    Expression.Call call = block.call();
    Value callee = evaluator.evaluate(call.callee(), scope);
    Arguments arguments = evaluator.arguments(call.arguments(), scope);
    run.at(block.line());
    Macro caller = new Macro(block.caller(), scope, this);
    Printer.print(evaluator.call(callee, arguments.with("caller", caller)), output);
  }

  private Value filtered(List<FilterUse> filters, Value subject, Scope scope) {
    Value value = subject;
    for (FilterUse filter : filters) {
      value = evaluator.filter(filter, value, scope);
    }
    return value;
  }

  private void assign(Target target, Value value, Scope scope) {
    switch (target) {
      case Statement.NameTarget name -> scope.set(name.name(), value);
      case Statement.TupleTarget tuple -> {
        List<Value> parts = Iteration.elements(value, run);
        if (parts.size() != tuple.parts().size()) {
          throw new Fault(
              "expected " + tuple.parts().size() + " values to unpack, got " + parts.size());
        }
        for (int i = 0; i < parts.size(); i++) {
          assign(tuple.parts().get(i), parts.get(i), scope);
        }
      }
      case Statement.NamespaceTarget attribute -> {
        if (!(scope.get(attribute.namespace()) instanceof Namespace namespace)) {
          throw new Fault(
              "cannot assign attribute on non-namespace object '" + attribute.namespace() + "'");
        }
        namespace.attributes().put(attribute.attribute(), value);
      }
    }
  }
}
