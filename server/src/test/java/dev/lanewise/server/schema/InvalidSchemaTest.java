package dev.lanewise.server.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Schemas that no grammar is made of: the message names the part and says why. */
final class InvalidSchemaTest {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private static InvalidSchema refusal(JsonNode schema) {
    return assertThrows(InvalidSchema.class, () -> SchemaGrammar.of(schema));
  }

  private static void assertRefused(String schema, String pointer, String problem)
      throws IOException {
    InvalidSchema refusal = refusal(new ObjectMapper().readTree(schema));
    assertEquals(pointer, refusal.pointer(), refusal.getMessage());
    String name = pointer.isEmpty() ? "the schema " : pointer + " ";
    assertTrue(refusal.getMessage().startsWith(name), refusal.getMessage());
    assertTrue(refusal.getMessage().contains(problem), refusal.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"properties\":{\"a\":{\"uniqueItems\":true}}} | /properties/a/uniqueItems | not supported",
        "{\"items\":{\"not\":{}}}                        | /items/not                | not supported",
        "{\"if\":{},\"then\":{}}                         | /if                       | not supported",
        "{\"patternProperties\":{}}                      | /patternProperties        | not supported",
        "{\"propertyNames\":{}}                          | /propertyNames            | not supported",
        "{\"dependentRequired\":{}}                      | /dependentRequired        | not supported",
        "{\"unevaluatedProperties\":false}               | /unevaluatedProperties    | not supported",
        "{\"type\":\"array\",\"contains\":{}}            | /contains                 | not supported",
        "{\"type\":\"integer\",\"multipleOf\":3}         | /multipleOf               | not supported",
        "{\"type\":\"number\",\"multipleOf\":0.25}       | /multipleOf               | supported only",
        "{\"format\":\"iban\"}                           | /format                   | supported are",
        "{\"format\":\"date\",\"pattern\":\"[0-9]\"}     | /format                   | together",
        "{\"pattern\":\"[0-9]\",\"maxLength\":5}         | /pattern                  | in more than",
        "{\"minimum\":0.1234567890123456,\"type\":\"number\"} | /minimum             | 15 digits",
        "{\"oneOf\":[{\"type\":\"integer\"},{\"type\":\"number\"}]} | /oneOf/1       | told apart",
        "{\"enum\":[\"a\"],\"minLength\":1}              | /minLength                | 'enum'",
        "{\"const\":{\"a\":1},\"properties\":{}}            | ``                        | describes properties",
        "{\"minProperties\":2}                           | /minProperties            | above 1",
        "{\"allOf\":[{\"maxLength\":3},{\"maxLength\":5}]} | /allOf/1/maxLength      | together",
        "{\"allOf\":[{\"prefixItems\":[{}],\"items\":false},{\"items\":false}]} | /allOf/1/items | together",
        "{\"allOf\":[{\"additionalProperties\":false},{\"properties\":{\"a\":{}}}]} | /allOf/0/additionalProperties | 'a'",
        "{\"properties\":{\"a\":{},\"b\":{}},\"minProperties\":2} | /minProperties | require them",
        "{\"properties\":{\"a\":{},\"b\":{}},\"maxProperties\":1} | /maxProperties | not supported",
        "{\"maxLength\":10001}                           | /maxLength                | above 10000",
        "{\"$ref\":\"https://example.org/schema\"}       | /$ref                     | same schema",
        "{\"$defs\":{\"a\":{\"$id\":\"b\"}},\"$ref\":\"#/$defs/a\"} | /$defs/a/$id   | at the root",
      })
  void namesWhatIsNotSupported(String schema, String pointer, String problem) throws IOException {
    assertRefused(schema, pointer, problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[]                                          | ``                | must be a schema",
        "{\"type\":\"text\"}                         | /type             | must be one of",
        "{\"type\":[\"string\",5]}                   | /type/1           | must be one of",
        "{\"type\":[]}                               | /type             | at least one",
        "{\"properties\":{\"a/b~\":5}}               | /properties/a~1b~0 | must be a schema",
        "{\"properties\":[]}                         | /properties       | an object",
        "{\"required\":\"a\"}                        | /required         | an array",
        "{\"required\":[1]}                          | /required/0       | the name",
        "{\"items\":[{}]}                            | /items            | prefixItems",
        "{\"maxLength\":-1}                          | /maxLength        | not negative",
        "{\"minItems\":1.5}                          | /minItems         | an integer",
        "{\"exclusiveMinimum\":true}                 | /exclusiveMinimum | a number",
        "{\"pattern\":\"(\"}                         | /pattern          | expected ')' to close what begins at line 1, column 1",
        "{\"anyOf\":[]}                              | /anyOf            | at least one",
        "{\"minLenght\":1}                           | /minLenght        | not a known keyword",
        "{\"type\":\"string\",\"nullable\":true}     | /nullable         | write \"type\"",
        "{\"$ref\":\"#/$defs/a\"}                    | /$ref             | not there",
        "{\"$ref\":\"#/%zz\"}                        | /$ref             | percent sign",
      })
  void namesWhatIsMalformed(String schema, String pointer, String problem) throws IOException {
    assertRefused(schema, pointer, problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "false                                                  | ``         | nothing satisfies",
        "{\"enum\":[]}                                          | /enum      | at least one",
        "{\"type\":\"string\",\"enum\":[1]}                     | ``         | exclude each other",
        "{\"allOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]} | ``        | exclude each other",
        "{\"minLength\":3,\"maxLength\":2}                      | /maxLength | is less",
        "{\"minItems\":3,\"maxItems\":2}                        | /maxItems  | is less",
        "{\"prefixItems\":[{}],\"items\":false,\"minItems\":2}  | /minItems  | more elements",
        "{\"type\":\"integer\",\"minimum\":3,\"maximum\":2}     | /maximum   | exclude each other",
        "{\"type\":\"number\",\"minimum\":3,\"exclusiveMaximum\":3} | /exclusiveMaximum | exclude",
        "{\"type\":\"integer\",\"minimum\":0.2,\"maximum\":0.8} | /maximum   | exclude each other",
        "{\"pattern\":\"^[a-z]+$\",\"maxLength\":0}             | /pattern   | no string",
        "{\"required\":[\"a\"],\"additionalProperties\":false}  | /required/0 | is false",
        "{\"properties\":{\"a\":{}},\"minProperties\":2}         | /minProperties | more than there",
        "{\"required\":[\"a\",\"b\"],\"maxProperties\":1}        | /maxProperties | required",
        "{\"properties\":{\"a\":false},\"required\":[\"a\"]}    | /required/0 | is false",
        "{\"$ref\":\"#\"}                                       | /$ref      | refers to itself",
        "{\"anyOf\":[{\"$ref\":\"#\"},{\"type\":\"null\"}]}     | /anyOf/0/$ref | refers to itself",
        "{\"properties\":{\"a\":{\"$ref\":\"#\"}},\"required\":[\"a\"]} | `` | no end",
        "{\"items\":{\"$ref\":\"#\"},\"minItems\":1}            | ``         | no end",
      })
  void namesWhatNothingSatisfies(String schema, String pointer, String problem) throws IOException {
    assertRefused(schema, pointer, problem);
  }

  @Test
  void namesTextThatIsNotUnicode() {
    ObjectNode schema = JSON.objectNode().put("const", "\ud800");
    assertEquals("/const", refusal(schema).pointer());
  }

  @Test
  void limitsNamesWithinEachOther() {
    JsonNode schema = JSON.objectNode();
    for (int i = 0; i < 11; i++) {
      schema = JSON.objectNode().set("properties", JSON.objectNode().set("a".repeat(200), schema));
    }
    assertTrue(refusal(schema).getMessage().contains("2000 characters"));
  }

  @Test
  void limitsNames() {
    JsonNode properties = JSON.objectNode().set("a".repeat(201), JSON.objectNode());
    JsonNode schema = JSON.objectNode().set("properties", properties);
    assertTrue(refusal(schema).getMessage().contains("200 characters"));
  }

  @Test
  void limitsDigits() {
    JsonNode schema = JSON.objectNode().put("minimum", new BigDecimal("1e1000000000"));
    assertTrue(refusal(schema).getMessage().contains("400 digits"));
    assertEquals(
        "/minimum", refusal(JSON.objectNode().put("minimum", Double.POSITIVE_INFINITY)).pointer());
  }

  @Test
  void limitsThePrefixOfArrays() {
    ArrayNode prefix = JSON.arrayNode();
    for (int i = 0; i < 101; i++) {
      prefix.add(JSON.objectNode());
    }
    InvalidSchema refusal = refusal(JSON.objectNode().set("prefixItems", prefix));
    assertEquals("/prefixItems", refusal.pointer());
  }

  @Test
  void limitsReferencesInARow() {
    ObjectNode definitions = JSON.objectNode();
    for (int i = 0; i < 250; i++) {
      definitions.set("a" + i, reference("#/$defs/a" + (i + 1)));
    }
    definitions.set("a250", JSON.booleanNode(true));
    ObjectNode schema = reference("#/$defs/a0");
    schema.set("$defs", definitions);
    assertTrue(refusal(schema).getMessage().contains("more than 200 references"));
  }

  @Test
  void limitsDepth() {
    JsonNode schema = JSON.objectNode();
    for (int i = 0; i < 60; i++) {
      schema = JSON.objectNode().set("properties", JSON.objectNode().set("a", schema));
    }
    assertTrue(refusal(schema).getMessage().contains("100 levels deep"));
  }

  @Test
  void limitsNestingThroughReferences() {
    ObjectNode definitions = JSON.objectNode();
    for (int i = 0; i < 150; i++) {
      definitions.set("a" + i, JSON.objectNode().set("items", reference("#/$defs/a" + (i + 1))));
    }
    definitions.set("a150", JSON.booleanNode(true));
    ObjectNode schema = reference("#/$defs/a0");
    schema.set("$defs", definitions);
    assertTrue(refusal(schema).getMessage().contains("nested more than 100 levels"));
  }

  @Test
  void limitsTheNumberOfProperties() {
    ObjectNode properties = JSON.objectNode();
    for (int i = 0; i < 1_001; i++) {
      properties.set("p" + i, JSON.objectNode());
    }
    assertTrue(
        refusal(JSON.objectNode().set("properties", properties))
            .getMessage()
            .contains("1000 properties"));
  }

  @Test
  void limitsTheNumberOfEnumValues() {
    ArrayNode values = JSON.arrayNode();
    for (int i = 0; i < 1_001; i++) {
      values.add(i);
    }
    assertTrue(
        refusal(JSON.objectNode().set("enum", values))
            .getMessage()
            .contains("1000 values in 'enum'"));
  }

  @Test
  void limitsTheNumberOfValues() {
    ArrayNode many = JSON.arrayNode();
    for (int i = 0; i < 20_000; i++) {
      many.add(i);
    }
    assertTrue(
        refusal(JSON.objectNode().set("examples", many)).getMessage().contains("20000 values"));
  }

  @Test
  void limitsAlternativesThatMultiply() {
    ArrayNode all = JSON.arrayNode();
    for (int i = 0; i < 20; i++) {
      ArrayNode any = JSON.arrayNode();
      any.add(required("a" + i)).add(required("b" + i));
      all.add(JSON.objectNode().set("anyOf", any));
    }
    assertTrue(
        refusal(JSON.objectNode().set("allOf", all)).getMessage().contains("200 alternatives"));
  }

  @Test
  void limitsReferencesThatMultiply() {
    ObjectNode definitions = JSON.objectNode();
    for (int i = 0; i < 60; i++) {
      ArrayNode twice = JSON.arrayNode();
      twice.add(reference("#/$defs/a" + (i + 1))).add(reference("#/$defs/a" + (i + 1)));
      definitions.set("a" + i, JSON.objectNode().set("allOf", twice));
    }
    definitions.set("a60", JSON.objectNode().put("type", "string"));
    ObjectNode schema = reference("#/$defs/a0");
    schema.set("$defs", definitions);
    assertTrue(refusal(schema).getMessage().contains("too long to put together"));
  }

  @Test
  void limitsTheGrammar() {
    ObjectNode properties = JSON.objectNode();
    for (int i = 0; i < 900; i++) {
      properties.set((i + "x").repeat(30), JSON.objectNode());
    }
    ObjectNode schema = JSON.objectNode().set("properties", properties);
    schema.put("additionalProperties", true);
    assertTrue(refusal(schema).getMessage().contains("200000 expressions"));
  }

  private static ObjectNode reference(String to) {
    return JSON.objectNode().put("$ref", to);
  }

  private static ObjectNode required(String name) {
    return JSON.objectNode().set("required", JSON.arrayNode().add(name));
  }
}
