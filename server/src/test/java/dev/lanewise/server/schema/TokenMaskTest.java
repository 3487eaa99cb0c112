package dev.lanewise.server.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.Schema;
import dev.lanewise.engine.grammar.Constraint;
import dev.lanewise.engine.grammar.Constraints;
import dev.lanewise.engine.grammar.Grammar;
import dev.lanewise.model.gguf.GgufFile;
import dev.lanewise.model.tokenizer.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The tokens of the default model that may come in JSON of a schema, against values that a
 * validator finds valid or not, and a matcher that knows only the grammar's definition.
 */
final class TokenMaskTest {
  private static final Tokenizer TOKENIZER = tokenizer();
  private static final RandomTokens RANDOM_TOKENS = new RandomTokens(TOKENIZER);
  private static final Constraints CONSTRAINTS = new Constraints(TOKENIZER);
  private static final int VALUES = 7;
  private static final int RANDOM_SCHEMAS = 200;

  /** One in so many tokens is tried with the slow matcher. */
  private static final int TRIED = 61;

  private final Random random = new Random(17);

  private static Tokenizer tokenizer() {
    Path file = Path.of(System.getProperty("lanewise.models"), "SmolLM2-135M-Instruct.Q4_1.gguf");
    try (GgufFile model = GgufFile.open(file)) {
      return Tokenizer.of(model.metadata(), file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As the tokenizer cuts it, and as it does not. */
  private List<List<Integer>> tokenizations(String text) {
    List<Integer> usual = IntStream.of(TOKENIZER.encode(text, false)).boxed().toList();
    return List.of(usual, RANDOM_TOKENS.of(text, random), RANDOM_TOKENS.of(text, random));
  }

  private static boolean has(long[] mask, int token) {
    return (mask[token / 64] >>> token & 1) != 0;
  }

  /** How many of the tokens may come one after the other. */
  private static int accepted(Constraint.State state, List<Integer> tokens) {
    int count = 0;
    while (count < tokens.size() && has(state.allowed(), tokens.get(count))) {
      state.accept(tokens.get(count++));
    }
    return count;
  }

  /** Whether the tokens are a whole text, by the masks alone. */
  private static boolean admits(Constraint constraint, List<Integer> tokens) {
    Constraint.State state = constraint.begin();
    return accepted(state, tokens) == tokens.size()
        && has(state.allowed(), TOKENIZER.eos().orElseThrow());
  }

  private void assertAdmits(Constraint constraint, String text) {
    for (List<Integer> tokens : tokenizations(text)) {
      Constraint.State state = constraint.begin();
      int count = accepted(state, tokens);
      assertEquals(tokens.size(), count, () -> text + " stops at a token: " + pieces(tokens));
      assertTrue(state.mayEnd(), text);
      for (int end : TOKENIZER.endOfGeneration()) {
        assertTrue(has(state.allowed(), end), text);
      }
    }
  }

  private static String writable(RandomText texts) {
    String text = texts.next();
    while (!RANDOM_TOKENS.canWrite(text)) {
      text = texts.next();
    }
    return text;
  }

  private static List<String> pieces(List<Integer> tokens) {
    return tokens.stream().map(TOKENIZER::textOf).toList();
  }

  @ParameterizedTest
  @MethodSource("dev.lanewise.server.schema.SchemaGrammarTest#schemas")
  void everyTokenOfAValidValueMayCome(Path file) throws IOException {
    JsonNode schema = new ObjectMapper().readTree(file.toFile());
    Constraint constraint = CONSTRAINTS.of(SchemaGrammar.of(schema));
    RandomInstance values = new RandomInstance(schema, random);
    JsonStyle[] styles = JsonStyle.values();
    for (int i = 0; i < VALUES; i++) {
      assertAdmits(constraint, styles[i % styles.length].write(values.next()));
    }
  }

  @Test
  void everyTokenOfAValidValueMayComeWhateverTheSchema() throws IOException {
    RandomSchema schemas = new RandomSchema(random);
    for (int tested = 0; tested < RANDOM_SCHEMAS; ) {
      JsonNode schema = schemas.next();
      Grammar grammar;
      try {
        grammar = SchemaGrammar.of(schema);
      } catch (InvalidSchema refused) {
        continue;
      }
      String text = writable(new RandomText(grammar, random));
      Schema validator = SchemaGrammarTest.validator(schema);
      assertTrue(SchemaGrammarTest.isValid(validator, text), text);
      assertAdmits(CONSTRAINTS.of(grammar), text);
      tested++;
    }
  }

  @ParameterizedTest
  @MethodSource("dev.lanewise.server.schema.SchemaGrammarTest#schemas")
  void someTokenOfAnInvalidValueMayNotCome(Path file) throws IOException {
    JsonNode schema = new ObjectMapper().readTree(file.toFile());
    Constraint constraint = CONSTRAINTS.of(SchemaGrammar.of(schema));
    Schema validator = SchemaGrammarTest.validator(schema);
    RandomInstance values = new RandomInstance(schema, random);
    Mutation mutation = new Mutation(random);
    for (int invalid = 0; invalid < VALUES; ) {
      String text = mutation.of(values.next());
      if (!SchemaGrammarTest.isValid(validator, text)) {
        invalid++;
        for (List<Integer> tokens : tokenizations(text)) {
          assertFalse(admits(constraint, tokens), text);
        }
      }
    }
  }

  /** At a random place of each value. */
  @ParameterizedTest
  @MethodSource("dev.lanewise.server.schema.SchemaGrammarTest#schemas")
  void masksFollowTheDefinition(Path file) throws IOException {
    JsonNode schema = new ObjectMapper().readTree(file.toFile());
    Grammar grammar = SchemaGrammar.of(schema);
    RandomInstance values = new RandomInstance(schema, random);
    for (int i = 0; i < VALUES; i++) {
      List<Integer> tokens = RANDOM_TOKENS.of(JsonStyle.SPACED.write(values.next()), random);
      List<Integer> beginning = tokens.subList(0, random.nextInt(tokens.size() + 1));
      Constraint.State state = CONSTRAINTS.of(grammar).begin();
      beginning.forEach(state::accept);
      ByteArrayOutputStream text = new ByteArrayOutputStream();
      beginning.forEach(token -> text.writeBytes(TOKENIZER.bytesOf(token)));
      assertFollows(state.allowed(), grammar, text.toByteArray());
    }
  }

  /**
   * Compares a mask. Tokens after which a character is not whole are left out, since the matcher
   * reads characters; {@code ConstraintTest} has them.
   */
  private void assertFollows(long[] mask, Grammar grammar, byte[] soFar) {
    boolean mayEnd = isText(soFar) && TextMatcher.matches(grammar, text(soFar));
    for (int token = 0; token < TOKENIZER.vocabularySize(); token++) {
      if (TOKENIZER.isControl(token)) {
        assertEquals(mayEnd && TOKENIZER.isEndOfGeneration(token), has(mask, token), text(soFar));
      } else if (random.nextInt(TRIED) == 0) {
        byte[] bytes = TOKENIZER.bytesOf(token);
        byte[] longer = Arrays.copyOf(soFar, soFar.length + bytes.length);
        System.arraycopy(bytes, 0, longer, soFar.length, bytes.length);
        String text = text(longer);
        if (isText(longer)) {
          assertEquals(TextMatcher.mayBegin(grammar, text), has(mask, token), text);
        }
      }
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static boolean isText(byte[] bytes) {
    return Arrays.equals(bytes, text(bytes).getBytes(StandardCharsets.UTF_8));
  }
}
