package dev.lanewise.engine.grammar;

import static dev.lanewise.engine.grammar.DefaultVocabulary.END;
import static dev.lanewise.engine.grammar.DefaultVocabulary.TOKENIZER;
import static dev.lanewise.engine.grammar.DefaultVocabulary.VOCABULARY;
import static dev.lanewise.engine.grammar.DefaultVocabulary.accept;
import static dev.lanewise.engine.grammar.DefaultVocabulary.constraint;
import static dev.lanewise.engine.grammar.DefaultVocabulary.has;
import static dev.lanewise.engine.grammar.DefaultVocabulary.token;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ConstraintTest {
  private static final String JSON =
      """
      root ::= object
      value ::= object | array | string | number | "true" | "false" | "null"
      object ::= "{" ws (pair ("," ws pair)*)? "}"
      pair ::= string ":" ws value
      array ::= "[" ws (value ("," ws value)*)? "]"
      string ::= "\\"" ([^"\\\\\\x00-\\x1f] | "\\\\" (["\\\\/bfnrt] | "u" [0-9a-fA-F]{4}))* "\\""
      number ::= "-"? ("0" | [1-9] [0-9]{0,15}) ("." [0-9]{1,6})?
      ws ::= [ \\n]{0,4}
      """;

  /** Walks through random tokens; at each place the mask says what the definition says. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        JSON,
        "root ::= \"yes\" | \"no\" | \"not at all\"",
        "root ::= [a-zA-Z ]{10,40} \".\"",
        "root ::= \"\\\"\" [^\"\\x00-\\x1f]{0,60} \"\\\"\" [ ]{3}",
        "root ::= ([0-9]{1,3} \" \"?){2,8} \"!\"",
        "root ::= [^a-zA-Z0-9 ]{1,12}",
        "root ::= [\\u4e00-\\u9fff\\U0001F300-\\U0001FAFF]{1,6} | \" \"{1,70}",
        "root ::= \"- \" item+\nitem ::= [^\\n]{1,20} \"\\n\" (\"  \" item)?",
      })
  void masksFollowTheDefinition(String gbnf) {
    Constraint constraint = constraint(gbnf);
    SlowMatcher slow = new SlowMatcher(GbnfParser.parse(gbnf));
    Random random = new Random(11);
    for (int walk = 0; walk < 4; walk++) {
      Constraint.State state = constraint.begin();
      ByteArrayOutputStream text = new ByteArrayOutputStream();
      while (!state.mustEnd() && text.size() < 60) {
        if (random.nextInt(3) == 0) {
          compare(state.allowed(), slow, text.toByteArray(), random);
        }
        int next = randomToken(state.allowed(), random);
        if (next == END) {
          break;
        }
        state.accept(next);
        text.writeBytes(TOKENIZER.bytesOf(next));
      }
      assertEquals(slow.matches(text.toByteArray()), state.mayEnd());
      compare(state.allowed(), slow, text.toByteArray(), random);
    }
  }

  private static void compare(long[] mask, SlowMatcher slow, byte[] soFar, Random random) {
    for (int token = 0; token < TOKENIZER.vocabularySize(); token++) {
      byte[] bytes = VOCABULARY.bytesOf(token);
      boolean plain = new String(bytes, StandardCharsets.UTF_8).matches(" ?[a-zA-Z]+");
      if (VOCABULARY.isEnd(token)) {
        assertEquals(slow.matches(soFar), has(mask, token));
      } else if (bytes.length == 0) {
        assertFalse(has(mask, token), TOKENIZER.textOf(token));
      } else if (!plain || random.nextInt(16) == 0) {
        byte[] longer = Arrays.copyOf(soFar, soFar.length + bytes.length);
        System.arraycopy(bytes, 0, longer, soFar.length, bytes.length);
        int id = token;
        assertEquals(
            slow.mayBegin(longer),
            has(mask, token),
            () -> new String(soFar, StandardCharsets.UTF_8) + "|" + TOKENIZER.textOf(id));
      }
    }
  }

  private static int randomToken(long[] mask, Random random) {
    int[] tokens = BitSet.valueOf(mask).stream().toArray();
    return tokens[random.nextInt(tokens.length)];
  }

  /** After any tokens that are allowed, others lead to an end. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        JSON,
        "root ::= [^a]{1,100} \"a\"",
        "root ::= (\"a\" | \"b\" root \"c\"){1,3}",
        "root ::= [\\U0001F300-\\U0001FAFF]{3}",
      })
  void everyWalkReachesAnEnd(String gbnf) {
    Constraint constraint = constraint(gbnf);
    SlowMatcher slow = new SlowMatcher(GbnfParser.parse(gbnf));
    Random random = new Random(5);
    for (int walk = 0; walk < 20; walk++) {
      Constraint.State state = constraint.begin();
      ByteArrayOutputStream text = new ByteArrayOutputStream();
      for (int step = 0; !state.mayEnd() || (step < 10 && !state.mustEnd()); step++) {
        assertTrue(step < 2_000, () -> "no end of " + text.toString(StandardCharsets.UTF_8));
        int next =
            step < 10 ? randomToken(state.allowed(), random) : closing(state.allowed(), random);
        state.accept(next);
        text.writeBytes(VOCABULARY.bytesOf(next));
      }
      assertTrue(slow.matches(text.toByteArray()), text.toString(StandardCharsets.UTF_8));
    }
  }

  /** A token that is likely to close what is open. */
  private static int closing(long[] mask, Random random) {
    for (String text : new String[] {"\"", "}", "]", "c", "a", ":", "0"}) {
      if (has(mask, token(text))) {
        return token(text);
      }
    }
    return randomToken(mask, random);
  }

  @Test
  void theTextMayEndExactlyWhereTheGrammarDoes() {
    Constraint.State state = constraint("root ::= \"a\" \"b\"?").begin();
    assertFalse(state.mayEnd());
    assertFalse(has(state.allowed(), END));
    assertThrows(IllegalArgumentException.class, () -> state.accept(END));
    state.accept(token("a"));
    assertTrue(state.mayEnd());
    assertFalse(state.mustEnd());
    assertTrue(has(state.allowed(), END));
    assertTrue(has(state.allowed(), token("b")));
    state.accept(token("b"));
    assertTrue(state.mustEnd());
    BitSet all = BitSet.valueOf(state.allowed());
    assertTrue(all.get(END));
    assertTrue(all.stream().allMatch(TOKENIZER::isEndOfGeneration));
    state.accept(END);
    assertTrue(state.mustEnd());
  }

  @Test
  void aTokenThatMayNotComeChangesNothing() {
    Constraint.State state = constraint("root ::= \"ab\" \"c\"").begin();
    state.accept(token("a"));
    assertThrows(IllegalArgumentException.class, () -> state.accept(token("c")));
    assertThrows(
        IllegalArgumentException.class,
        () -> state.accept(TOKENIZER.encode("<|im_start|>", true)[0]));
    state.accept(token("b"));
    state.accept(token("c"));
    assertTrue(state.mustEnd());
  }

  @Test
  void charactersMayBeDividedAmongTokens() {
    String text = "\ud83e\udd96\u9f98\ud83c\udde9\u00e9";
    Constraint.State state = constraint("root ::= [^\\x00-\\x7f]{4}").begin();
    int[] tokens = TOKENIZER.encode(text, false);
    assertTrue(tokens.length > 4);
    boolean insideCharacter = false;
    for (int token : tokens) {
      state.accept(token);
      insideCharacter |= !has(state.allowed(), token("\u00e9")) && !state.mustEnd();
    }
    assertTrue(insideCharacter);
    assertTrue(state.mustEnd());
  }

  @Test
  void positionsOfARepeatShareAMask() {
    int longest = VOCABULARY.longest();
    assertTrue(longest > Vocabulary.SHORT, "the vocabulary has no long tokens");
    Constraint.State state = constraint("root ::= [a-z ]{0,200} \"!\"").begin();
    long[] first = state.allowed();
    for (int position = 1; position <= 200; position++) {
      state.accept(token("a"));
      if (position < 200 - longest) {
        assertSame(first, state.allowed(), "position " + position);
      }
    }
    assertNotSame(first, state.allowed());
    assertEquals(1, BitSet.valueOf(state.allowed()).stream().filter(t -> t == token("!")).count());
    assertFalse(has(state.allowed(), token("a")));
  }

  @Test
  void masksNearABoundFollowTheDefinition() {
    String gbnf = "root ::= [ a-z=-]{0,70} \"!\"";
    Constraint.State state = constraint(gbnf).begin();
    SlowMatcher slow = new SlowMatcher(GbnfParser.parse(gbnf));
    Random random = new Random(2);
    for (int position = 0; position <= 70; position++) {
      if (position % 8 == 6) {
        compare(
            state.allowed(),
            slow,
            "a".repeat(position).getBytes(StandardCharsets.US_ASCII),
            random);
      }
      if (position < 70) {
        state.accept(token("a"));
      }
    }
  }

  /** So long that what was computed is thrown away in between. */
  @Test
  void countsOnWhenTheStatesAreForgotten() {
    Constraint constraint = constraint("root ::= \"a\"{40000} \"b\"");
    Constraint.State state = constraint.begin();
    Constraint.State other = constraint.begin();
    other.accept(token("a"));
    for (int count = 0; count < 39_999; count++) {
      state.accept(token("a"));
    }
    assertFalse(has(state.allowed(), token("b")));
    state.accept(token("a"));
    assertFalse(has(state.allowed(), token("a")));
    state.accept(token("b"));
    assertTrue(state.mustEnd());
    assertTrue(has(other.allowed(), token("a")));
    assertFalse(has(other.allowed(), token("b")));
  }

  @Test
  void textsWithOneConstraintAreIndependent() {
    Constraint constraint = constraint(JSON);
    Constraint.State one = constraint.begin();
    Constraint.State other = constraint.begin();
    accept(one, "{\"a\": [1, 2");
    accept(other, "{\"key\": \"va");
    accept(one, "]}");
    assertTrue(one.mustEnd());
    accept(other, "lue\"}");
    assertTrue(other.mustEnd());
  }

  @Test
  void knownStatesAllocateNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Constraint constraint = constraint(JSON);
    int[] tokens =
        TOKENIZER.encode("{\"name\": \"caf\u00e9\", \"list\": [1, 22, {\"x\": null}]}", false);
    long fewest = Long.MAX_VALUE;
    for (int round = 0; round < 200 && fewest > 0; round++) {
      Constraint.State state = constraint.begin();
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int token : tokens) {
        if (!has(state.allowed(), token)) {
          throw new AssertionError(TOKENIZER.textOf(token));
        }
        state.accept(token);
      }
      fewest = Math.min(fewest, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertEquals(0, fewest);
  }

  @Test
  void grammarsThatTheModelHasNoTokensForAreRefused() {
    BitSet known = new BitSet();
    for (int token = 0; token < TOKENIZER.vocabularySize(); token++) {
      for (byte value : VOCABULARY.bytesOf(token)) {
        known.set(value & 0xff);
      }
    }
    int missing = known.nextClearBit(0);
    assertTrue(missing < 128, "the model can write every character");
    String gbnf = "root ::= [\\x%02x]".formatted(missing);
    assertThrows(GrammarError.class, () -> constraint(gbnf));
  }

  @Test
  void equalGrammarsShareAConstraint() {
    Constraints constraints = new Constraints(TOKENIZER);
    Constraint first = constraints.of(GbnfParser.parse("root ::= \"a\""));
    assertSame(first, constraints.of(GbnfParser.parse("root ::= \"a\"  # the same")));
    for (int i = 0; i < 16; i++) {
      constraints.of(GbnfParser.parse("root ::= \"b\"{" + (i + 1) + "}"));
    }
    assertNotSame(first, constraints.of(GbnfParser.parse("root ::= \"a\"")));
  }
}
