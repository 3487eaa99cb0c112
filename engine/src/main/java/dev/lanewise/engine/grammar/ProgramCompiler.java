package dev.lanewise.engine.grammar;

import dev.lanewise.engine.grammar.Program.Node;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Compiles grammars from their end to their beginning, so that the node behind an expression is
 * known when the expression is compiled. What can match no text is left out: each place of a
 * program leads to an end.
 */
final class ProgramCompiler {
  /** A program of this size takes some 20 MB. */
  private static final int MOST_NODES = 200_000;

  private final Grammar grammar;
  private final RuleProperty nullable;
  private final RuleProperty productive;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Integer> numbers = new HashMap<>();
  private final List<String> names = new ArrayList<>();

  private ProgramCompiler(Grammar grammar) {
    this.grammar = grammar;
    this.nullable = RuleProperty.nullable(grammar);
    this.productive = RuleProperty.productive(grammar);
  }

  /**
   * The program of a grammar.
   *
   * @throws GrammarError if no text matches, a rule may begin with itself, or the grammar is too
   *     large
   */
  static Program compile(Grammar grammar) {
    List<String> cycle = LeftRecursion.in(grammar);
    if (!cycle.isEmpty()) {
      throw new GrammarError(LeftRecursion.describe(cycle));
    }
    return new ProgramCompiler(grammar).program();
  }

  private Program program() {
    add(new Program.End());
    Expression root = new Expression.Rule(grammar.root());
    if (!productive.holds(root)) {
      throw new GrammarError("no text of any length matches the grammar");
    }
    numberOf(grammar.root());
    List<Integer> starts = new ArrayList<>();
    while (starts.size() < names.size()) { // compiling one may name others
      Expression body = grammar.rules().get(names.get(starts.size()));
      starts.add(compile(body, Program.END));
    }
    return new Program(
        nodes.toArray(new Node[0]), starts.stream().mapToInt(start -> start).toArray());
  }

  private int numberOf(String rule) {
    return numbers.computeIfAbsent(
        rule,
        name -> {
          names.add(name);
          return names.size() - 1;
        });
  }

  /** The first node of an expression that is followed by {@code next}. */
  private int compile(Expression expression, int next) {
    return switch (expression) {
      case Expression.Literal(var text) -> literal(text, next);
      case Expression.OneOf(var characters) -> new Utf8Nodes(characters, this::add).before(next);
      case Expression.Sequence(var parts) -> {
        int node = next;
        for (Expression part : parts.reversed()) {
          node = compile(part, node);
        }
        yield node;
      }
      case Expression.Choice(var alternatives) -> {
        List<Integer> starts = new ArrayList<>();
        for (Expression alternative : alternatives) {
          if (productive.holds(alternative)) {
            starts.add(compile(alternative, next));
          }
        }
        yield split(starts.stream().mapToInt(start -> start).distinct().toArray());
      }
      case Expression.Repeat repeat -> repeat(repeat, next);
      case Expression.Rule(var name) -> add(new Program.Call(numberOf(name), behindCall(next)));
    };
  }

  /**
   * Where a call goes on. It leaves a frame with that node, and one with a repeat stands for the
   * end of a turn of it: so a repeat is reached by a node of its own.
   */
  private int behindCall(int next) {
    return nodes.get(next) instanceof Program.Repeat
        ? add(new Program.Split(new int[] {next}))
        : next;
  }

  private int literal(String text, int next) {
    if (text.codePoints()
        .anyMatch(c -> c <= Character.MAX_VALUE && Character.isSurrogate((char) c))) {
      throw new GrammarError("the literal '" + text + "' has half of a character (a surrogate)");
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int node = next;
    for (int i = bytes.length - 1; i >= 0; i--) {
      int[] value = {bytes[i] & 0xff};
      node = add(new Program.Bytes(value, value, new int[] {node}));
    }
    return node;
  }

  private int repeat(Expression.Repeat repeat, int next) {
    Expression body = repeat.body();
    int most = repeat.most();
    if (most == 0 || !productive.holds(body)) {
      return next;
    }
    boolean empty = nullable.holds(body);
    int least = empty ? 0 : repeat.least();
    if (most == 1) {
      int once = compile(body, next);
      return least == 1 ? once : split(once, next);
    }
    if (most == Expression.Repeat.UNBOUNDED && least <= 1) {
      int loop = add(null);
      int start = compile(body, loop);
      nodes.set(loop, new Program.Split(new int[] {start, next}));
      return least == 1 ? start : loop;
    }
    return add(new Program.Repeat(compile(body, Program.END), next, least, most, empty));
  }

  private int split(int... next) {
    return next.length == 1 ? next[0] : add(new Program.Split(next));
  }

  private int add(Node node) {
    if (nodes.size() == MOST_NODES) {
      throw new GrammarError(
          "the grammar is too large: it takes more than " + MOST_NODES + " nodes");
    }
    nodes.add(node);
    return nodes.size() - 1;
  }
}
