package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** What the text of an answer must be. */
sealed interface AnswerFormat {
  /** Any text; calls of tools may have a grammar all the same. */
  record Text() implements AnswerFormat {
    @Override
    public String field() {
      return "tools";
    }
  }

  /** A JSON object. */
  record JsonObject() implements AnswerFormat {
    @Override
    public String field() {
      return "response_format";
    }
  }

  /**
   * JSON that a schema admits.
   *
   * @param field where the schema is in the request
   */
  record JsonSchema(JsonNode schema, String field) implements AnswerFormat {}

  /** A text of a grammar in GBNF. */
  record Gbnf(String grammar) implements AnswerFormat {
    @Override
    public String field() {
      return "grammar";
    }
  }

  /** A text that a regular expression matches as a whole. */
  record Regex(String pattern) implements AnswerFormat {
    @Override
    public String field() {
      return "regex";
    }
  }

  /** The field of the request that the grammar of an answer comes from. */
  String field();

  /** The fields that ask for a format; at most one of them. */
  List<String> FIELDS = List.of("response_format", "json_schema", "grammar", "regex");

  /** What a schema's name looks like. */
  Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");

  static AnswerFormat read(RequestFields fields) {
    List<String> given = FIELDS.stream().filter(field -> fields.get(field).isPresent()).toList();
    if (given.isEmpty()) {
      return new Text();
    }
    if (given.size() > 1) {
      throw ApiError.invalid(
          given.get(1), "'%s' and '%s' exclude each other.".formatted(given.get(1), given.get(0)));
    }
    return switch (given.getFirst()) {
      case "grammar" -> new Gbnf(fields.text("grammar").orElseThrow());
      case "regex" -> new Regex(fields.text("regex").orElseThrow());
      case "json_schema" -> schema(fields, "json_schema");
      default -> typed(fields.object("response_format").orElseThrow(), TypedFields.NESTED);
    };
  }

  /** As {@link #read}, of a body of {@code POST /v1/responses}. */
  static AnswerFormat ofResponse(RequestFields fields) {
    AnswerFormat other = read(fields);
    Optional<RequestFields> text = fields.object("text");
    text.ifPresent(own -> own.refuseUnknown(List.of("format", "verbosity")));
    text.flatMap(own -> own.text("verbosity"))
        .filter(verbosity -> !verbosity.equals("medium"))
        .ifPresent(
            verbosity -> {
              throw ApiError.unsupported(
                  "text.verbosity", "'text.verbosity' is not supported; leave it out.");
            });
    Optional<RequestFields> format = text.flatMap(own -> own.object("format"));
    if (format.isEmpty()) {
      return other;
    }
    if (!(other instanceof Text)) {
      throw ApiError.invalid(
          "text.format", "'text.format' and 'grammar' or 'regex' exclude each other.");
    }
    return typed(format.get(), TypedFields.FLAT);
  }

  private static AnswerFormat typed(RequestFields format, TypedFields form) {
    String type = format.requiredOneOf("type", List.of("text", "json_object", "json_schema"));
    if (!type.equals("json_schema")) {
      format.refuseUnknown(List.of("type"));
      return type.equals("text") ? new Text() : new JsonObject();
    }
    RequestFields described =
        form.of(format, type, List.of("name", "description", "schema", "strict"));
    described.text("description");
    described.flag("strict", false);
    String name = described.text("name").orElse("");
    if (!NAME.matcher(name).matches()) {
      throw ApiError.invalid(
          described.name("name"),
          "'%s' must be 1 to 64 letters, digits, '_' or '-'.".formatted(described.name("name")));
    }
    return described.get("schema").isPresent() ? schema(described, "schema") : new JsonObject();
  }

  private static AnswerFormat schema(RequestFields fields, String field) {
    return new JsonSchema(fields.get(field).orElseThrow(), fields.name(field));
  }
}
