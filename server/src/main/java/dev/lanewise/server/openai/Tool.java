package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.engine.grammar.Expression;
import dev.lanewise.engine.grammar.Grammar;
import dev.lanewise.server.schema.SchemaGrammar;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A tool of a request. */
sealed interface Tool {
  String name();

  /** As an element of {@code tools} with a function, which templates take. */
  Map<String, Object> described();

  /** A function as {@link #described}; in this order, since some templates write it as it is. */
  static Map<String, Object> described(Map<String, Object> function) {
    Map<String, Object> described = new LinkedHashMap<>();
    described.put("type", "function");
    described.put("function", function);
    return described;
  }

  /** The JSON texts that may be its arguments. */
  Grammar arguments();

  /** The name of its type in requests and answers. */
  default String type() {
    return this instanceof Custom ? "custom" : "function";
  }

  /**
   * A function.
   *
   * @param parameters the JSON schema of its arguments; empty if it takes any object
   * @param field where the schema is in the request
   */
  record Function(
      String name, Map<String, Object> described, Optional<JsonNode> parameters, String field)
      implements Tool {
    @Override
    public Grammar arguments() {
      return parameters
          .map(schema -> FormatGrammar.of(new AnswerFormat.JsonSchema(schema, field)))
          .orElseGet(SchemaGrammar::anyObject);
    }
  }

  /**
   * A tool that takes a text. To the model it is a function with one argument.
   *
   * @param input the texts it takes
   */
  record Custom(String name, Map<String, Object> described, Expression input) implements Tool {
    /** The name of the argument. */
    static final String INPUT = "input";

    @Override
    public Grammar arguments() {
      return SchemaGrammar.objectOf(INPUT, input);
    }
  }
}
