package dev.lanewise.engine.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AutomatonTest {
  private static final int[] HORIZONS = {40, 3};

  private static Automaton automaton(String gbnf) {
    return new Automaton(ProgramCompiler.compile(GbnfParser.parse(gbnf)), HORIZONS);
  }

  private static int run(Automaton automaton, int from, byte[] bytes) {
    int state = from;
    for (byte value : bytes) {
      state = automaton.next(state, value & 0xff);
    }
    return state;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static int run(Automaton automaton, String text) {
    return run(automaton, automaton.start(), text.getBytes(StandardCharsets.UTF_8));
  }

  /** Walks through random bytes that are allowed, and compares each place with the definition. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "root ::= \"ab\" | \"ac\" [x-z] | \"\"",
        "root ::= (\"a\"? \"b\"*)* \"c\"",
        "root ::= (\"a\"* | \"b\"){2,5} \"c\"",
        "root ::= (\"a\"?){3,7} \"b\"{2}",
        "root ::= (\"a\"{2,3} \"b\"?){2,4}",
        "root ::= ((\"a\"? \"b\"?){2,3} \"c\"?){1,3}",
        "root ::= (\"a\" | \"aa\"){3,9}",
        "root ::= (\"a\" | \"ab\" | \"b\"){4,}",
        "root ::= [a-b]{5,} [b-c]{0,3}",
        "root ::= \"x\"{0,0} \"y\"{1,1} (\"z\"{0,1}){1}",
        "root ::= list\nlist ::= \"[\" (list (\",\" list)*)? \"]\"",
        "root ::= \"(\" root \")\" | \"x\"",
        "root ::= \"x\" root \"y\"? | \"x\"",
        "root ::= a b\na ::= (\"x\" a)?\nb ::= (\"x\" | \"y\"){1,3}",
        "root ::= \"a\" (root | \"b\"){0,2}",
        "root ::= a \"y\"{2,3}\na ::= \"x\" | \"xx\"",
        "root ::= (a \"y\"{2,3}){2}\na ::= \"x\"?",
        "root ::= pair{1,3}\npair ::= part{2} \";\"\npart ::= \"a\"{0,2} | \"b\" part",
        "root ::= [^\\x00-\\x7f]{1,3}",
        "root ::= [a\\u00e9\\u07ff\\u0800\\ud7ff\\ue000\\uffff\\U00010000\\U0010ffff]+",
        "root ::= [\\u00e8-\\u0905\\U0001F600-\\U0001F64F\\u4e00-\\u9fff]{2}",
      })
  void followsTheDefinition(String gbnf) {
    Automaton automaton = automaton(gbnf);
    SlowMatcher slow = new SlowMatcher(GbnfParser.parse(gbnf));
    Random random = new Random(7);
    for (int walk = 0; walk < 30; walk++) {
      ByteArrayOutputStream text = new ByteArrayOutputStream();
      int state = automaton.start();
      while (state != Automaton.DEAD && text.size() < 14) {
        byte[] soFar = text.toByteArray();
        assertEquals(slow.matches(soFar), automaton.mayEnd(state), text(soFar));
        assertEquals(
            slow.matches(soFar) && !slow.mayGoOn(soFar), automaton.mustEnd(state), text(soFar));
        int[] allowed = allowed(automaton, state, slow, soFar);
        if (allowed.length == 0) {
          break;
        }
        int next = allowed[random.nextInt(allowed.length)];
        text.write(next);
        state = automaton.next(state, next);
      }
    }
  }

  private static int[] allowed(Automaton automaton, int state, SlowMatcher slow, byte[] soFar) {
    byte[] longer = Arrays.copyOf(soFar, soFar.length + 1);
    int[] allowed =
        IntStream.range(0, 256)
            .filter(value -> automaton.next(state, value) != Automaton.DEAD)
            .toArray();
    int[] expected =
        IntStream.range(0, 256)
            .filter(
                value -> {
                  longer[soFar.length] = (byte) value;
                  return slow.mayBegin(longer);
                })
            .toArray();
    assertEquals(
        IntStream.of(expected).boxed().toList(),
        IntStream.of(allowed).boxed().toList(),
        text(soFar));
    return allowed;
  }

  @Test
  void takesEveryCharacterOfASetAndNoOther() {
    Random random = new Random(9);
    List<Characters.Range> ranges = new ArrayList<>();
    for (int limit = 0x200; limit <= 0x110000; limit *= 2) {
      int first = random.nextInt(Math.min(limit, 0x110000));
      int last = Math.min(first + random.nextInt(300), Character.MAX_CODE_POINT);
      ranges.add(new Characters.Range(first, last));
      ranges.add(new Characters.Range(limit - 1, limit - 1));
    }
    Characters set = new Characters(ranges);
    Grammar grammar = Grammar.of(new Expression.OneOf(set));
    Automaton automaton = new Automaton(ProgramCompiler.compile(grammar), HORIZONS);
    for (Characters.Range range : Characters.ALL.ranges()) {
      for (int c = range.first(); c <= range.last(); c++) {
        int state = run(automaton, Character.toString(c));
        assertEquals(set.contains(c), automaton.mustEnd(state), Integer.toHexString(c));
      }
    }
  }

  @Test
  void countsWithoutUnrolling() {
    Automaton automaton = automaton("root ::= \"a\"{1000000000} \"b\" | \"a\"{0,5} \"c\"");
    assertNotEquals(Automaton.DEAD, run(automaton, "aaaaac"));
    assertEquals(Automaton.DEAD, run(automaton, "aaaaaac"));
    assertEquals(Automaton.DEAD, run(automaton, "aaaaaab"));
    assertNotEquals(Automaton.DEAD, run(automaton, "a".repeat(1000)));
  }

  @Test
  void clampsCountsThatAreFarFromTheirBounds() {
    Automaton automaton = automaton("root ::= \"a\"{100,200} \"b\"");
    int[] states = new int[201];
    for (int count = 0; count <= 200; count++) {
      states[count] = run(automaton, "a".repeat(count));
    }
    assertEquals(automaton.clamped(states[1], 0), automaton.clamped(states[59], 0));
    assertNotEquals(automaton.clamped(states[1], 0), automaton.clamped(states[60], 0));
    assertEquals(automaton.clamped(states[1], 1), automaton.clamped(states[60], 1));
    assertEquals(automaton.clamped(states[101], 0), automaton.clamped(states[159], 0));
    assertNotEquals(automaton.clamped(states[101], 0), automaton.clamped(states[160], 0));
    assertEquals(automaton.clamped(states[101], 1), automaton.clamped(states[160], 1));
    assertNotEquals(automaton.clamped(states[60], 1), automaton.clamped(states[160], 1));
  }

  /** Whatever may come within the horizon comes in the clamped state too, and nothing else. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "root ::= (\"a\"{4,12} \"b\"){5,9} \"c\"",
        "root ::= (\"a\" | \"b\" \"a\"?){4,14} \"c\"",
        "root ::= (\"a\"? \"b\"?){4,14} \"c\"",
        "root ::= \"a\"{6} (\"b\"{7,} \"a\"{0,9})*",
      })
  void clampedStatesAllowTheSame(String gbnf) {
    Automaton automaton = automaton(gbnf);
    Random random = new Random(3);
    for (int walk = 0; walk < 200; walk++) {
      int state = automaton.start();
      for (int length = 0; length < 60; length++) {
        assertSameWithin(HORIZONS[1], automaton, state, automaton.clamped(state, 1));
        int from = state;
        int[] allowed =
            IntStream.rangeClosed('a', 'c')
                .filter(value -> automaton.next(from, value) != Automaton.DEAD)
                .toArray();
        if (allowed.length == 0) {
          break;
        }
        state = automaton.next(state, allowed[random.nextInt(allowed.length)]);
      }
    }
  }

  private static void assertSameWithin(int bytes, Automaton automaton, int exact, int clamped) {
    assertEquals(automaton.mayEnd(exact), automaton.mayEnd(clamped));
    for (int value = 'a'; bytes > 0 && value <= 'c'; value++) {
      int next = automaton.next(exact, value);
      int clampedNext = automaton.next(clamped, value);
      assertEquals(next == Automaton.DEAD, clampedNext == Automaton.DEAD);
      if (next != Automaton.DEAD) {
        assertSameWithin(bytes - 1, automaton, next, clampedNext);
      }
    }
  }

  @Test
  void recursionAtTheEndOfARuleIsALoop() {
    Automaton automaton = automaton("root ::= item\nitem ::= \"a\" more\nmore ::= (\",\" item)?");
    assertEquals(run(automaton, "a,a"), run(automaton, "a,a,a,a,a"));
    assertTrue(automaton.mayEnd(run(automaton, "a,a")));
  }

  @Test
  void anotherAutomatonGoesOnWhereOneStands() {
    String gbnf = "root ::= \"[\" (root | [0-9]{1,5}){0,3} \"]\"";
    Program program = ProgramCompiler.compile(GbnfParser.parse(gbnf));
    Automaton first = new Automaton(program, HORIZONS);
    Automaton second = new Automaton(program, HORIZONS);
    run(second, "[[12");
    int state = run(first, "[123[[4");
    int adopted = second.adopt(first, state);
    assertEquals(run(second, "[123[[4"), adopted);
    int end = run(second, adopted, "2]]]".getBytes(StandardCharsets.UTF_8));
    assertTrue(second.mustEnd(end));
  }

  @Test
  void manyLevelsOfNestingAreNoProblem() {
    Automaton automaton = automaton("root ::= \"(\" root \")\" | \"x\"");
    String open = "(".repeat(10_000);
    String close = ")".repeat(10_000);
    assertTrue(automaton.mustEnd(run(automaton, open + "x" + close)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "root ::= ((\"a\"*)*)*",
        "root ::= ((\"a\" | \"a\")*){0,1000000000}",
        "root ::= (((\"a\"?)*)+){5,1000000000}",
        "root ::= (\"a\" | \"a\" | \"aa\"){0,1000000000} (\"a\"*){7}",
        "root ::= (\"a\"? \"a\"?){20} \"a\"*",
        "root ::= ((((\"a\"?){2}){2}){2}){2} \"a\"*",
      })
  void ambiguityStaysBounded(String gbnf) {
    Automaton automaton = automaton(gbnf);
    for (int length = 0; length <= 12; length++) {
      assertTrue(automaton.mayEnd(run(automaton, "a".repeat(length))), gbnf);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "root ::= ((\"a\"{1,1000}){1,1000}){1,1000}",
        "root ::= x{0,1000}\nx ::= \"a\" y | \"\"\ny ::= x{0,1000}",
      })
  void tooMuchAmbiguityIsAnError(String gbnf) {
    Automaton automaton = automaton(gbnf);
    GrammarError error = assertThrows(GrammarError.class, () -> run(automaton, "a".repeat(1_000)));
    assertTrue(error.getMessage().contains("less ambiguous"), error.getMessage());
  }

  @Test
  void tooManyPossibilitiesAtTheStartAreAnError() {
    assertThrows(GrammarError.class, () -> automaton("root ::= " + "\"a\"? ".repeat(30_000)));
  }

  @Test
  void grammarsThatMatchNothingAreRefused() {
    Grammar nothing = Grammar.of(new Expression.Choice(List.of()));
    assertThrows(GrammarError.class, () -> ProgramCompiler.compile(nothing));
    Grammar endless = GbnfParser.parse("root ::= \"a\" root");
    assertThrows(GrammarError.class, () -> ProgramCompiler.compile(endless));
  }

  @Test
  void whatMatchesNothingIsNotBegun() {
    Automaton automaton =
        automaton("root ::= \"a\" endless | \"b\" endless* | \"c\"\nendless ::= \"x\" endless");
    assertEquals(Automaton.DEAD, run(automaton, "a"));
    assertTrue(automaton.mustEnd(run(automaton, "b")));
    assertTrue(automaton.mustEnd(run(automaton, "c")));
  }

  @Test
  void leftRecursionIsRefused() {
    Grammar grammar =
        Grammar.of(Expression.choice(new Expression.Rule("root"), new Expression.Literal("a")));
    assertThrows(GrammarError.class, () -> ProgramCompiler.compile(grammar));
  }

  @Test
  void tooLargeGrammarsAreRefused() {
    Grammar grammar = Grammar.of(new Expression.Literal("a".repeat(300_000)));
    assertThrows(GrammarError.class, () -> ProgramCompiler.compile(grammar));
  }

  @Test
  void deepExpressionsAreRefused() {
    Expression deep = new Expression.Literal("a");
    for (int level = 1; level < 1_000; level++) {
      deep = Expression.choice(deep, new Expression.Literal("b"));
    }
    Grammar grammar = Grammar.of(deep);
    assertTrue(new Automaton(ProgramCompiler.compile(grammar), HORIZONS).start() > 0);
    Expression deeper = Expression.choice(deep);
    assertThrows(GrammarError.class, () -> Grammar.of(deeper));
  }

  @Test
  void halvesOfCharactersAreRefused() {
    Grammar grammar = Grammar.of(new Expression.Literal("\ud83d"));
    assertThrows(GrammarError.class, () -> ProgramCompiler.compile(grammar));
  }
}
