package dev.lanewise.server.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.Dialects;
import com.networknt.schema.format.Format;
import com.networknt.schema.format.PatternFormat;
import dev.lanewise.engine.grammar.Grammar;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Grammars of schemas against a validator that knows nothing of them. */
final class SchemaGrammarTest {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  /** The validator's own accepts only domains that are registered. */
  private static final Format EMAIL =
      PatternFormat.of("email", "^[\\w.+-]{1,64}@([A-Za-z0-9-]{1,63}\\.)+[A-Za-z]{2,63}$", "email");

  private static final int TEXTS = 200;

  static Stream<Path> schemas() throws IOException, URISyntaxException {
    Path folder = Path.of(SchemaGrammarTest.class.getResource("/schemas").toURI());
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList().stream();
    }
  }

  static Schema validator(JsonNode schema) {
    Dialect dialect = Dialect.builder(Dialects.getDraft202012()).format(EMAIL).build();
    return SchemaRegistry.withDialect(dialect).getSchema(schema);
  }

  private static List<Error> errors(Schema validator, JsonNode value) {
    return validator.validate(
        value, context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)));
  }

  static boolean isValid(Schema validator, String text) {
    try {
      return errors(validator, JSON.readTree(text)).isEmpty();
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  @ParameterizedTest
  @MethodSource("schemas")
  void admitsOnlyValidTexts(Path file) throws IOException {
    JsonNode schema = JSON.readTree(file.toFile());
    Grammar grammar = SchemaGrammar.of(schema);
    Schema validator = validator(schema);
    RandomText texts = new RandomText(grammar, new Random(1));
    for (int i = 0; i < TEXTS; i++) {
      String text = texts.next();
      assertEquals(List.of(), errors(validator, JSON.readTree(text)), text);
      assertTrue(TextMatcher.matches(grammar, text), text);
    }
  }

  @ParameterizedTest
  @MethodSource("schemas")
  void admitsWhatASchemaAsksForInEveryStyle(Path file) throws IOException {
    JsonNode schema = JSON.readTree(file.toFile());
    Grammar grammar = SchemaGrammar.of(schema);
    Schema validator = validator(schema);
    RandomInstance values = new RandomInstance(schema, new Random(2));
    for (int i = 0; i < TEXTS; i++) {
      JsonNode value = values.next();
      assertEquals(List.of(), errors(validator, value), value.toString());
      for (JsonStyle style : JsonStyle.values()) {
        String text = style.write(value);
        assertTrue(TextMatcher.matches(grammar, text), text);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("schemas")
  void refusesWhatIsNotValid(Path file) throws IOException {
    JsonNode schema = JSON.readTree(file.toFile());
    Grammar grammar = SchemaGrammar.of(schema);
    Schema validator = validator(schema);
    Random random = new Random(3);
    RandomInstance values = new RandomInstance(schema, random);
    Mutation mutation = new Mutation(random);
    int invalid = 0;
    for (int i = 0; i < 2 * TEXTS; i++) {
      String text = mutation.of(values.next());
      if (!isValid(validator, text)) {
        invalid++;
        assertFalse(TextMatcher.matches(grammar, text), text);
      }
    }
    assertTrue(invalid > TEXTS / 2, "only " + invalid + " were invalid");
  }

  @Test
  void admitsOnlyValidTextsWhateverTheSchema() throws IOException {
    RandomSchema schemas = new RandomSchema(new Random(5));
    int accepted = 0;
    for (int i = 0; i < 5_000; i++) {
      JsonNode schema = schemas.next();
      Grammar grammar;
      try {
        grammar = SchemaGrammar.of(schema);
      } catch (InvalidSchema refused) {
        continue;
      }
      accepted++;
      Schema validator = validator(schema);
      RandomText texts = new RandomText(grammar, new Random(i));
      for (int j = 0; j < 10; j++) {
        String text = texts.next();
        assertEquals(List.of(), errors(validator, JSON.readTree(text)), schema + "\n" + text);
      }
    }
    assertTrue(accepted > 1_000, "only " + accepted + " were accepted");
  }
}
