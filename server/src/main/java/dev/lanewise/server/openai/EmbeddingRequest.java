package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.engine.Engine;
import dev.lanewise.engine.Pooling;
import dev.lanewise.server.ServedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A checked body of {@code POST /v1/embeddings}.
 *
 * @param model the name it asks for
 * @param texts the tokens of each text
 * @param dimensions how many elements a vector has
 * @param base64 whether vectors are sent as base64 of 32-bit floats, little endian, or as numbers
 */
record EmbeddingRequest(
    String model, List<int[]> texts, Pooling pooling, int dimensions, boolean base64) {
  private static final int MOST_TEXTS = 2048;
  private static final Set<String> KNOWN =
      Set.of("model", "input", "encoding_format", "dimensions", "pooling", "user");

  /** Reads a body; of texts longer than the context, none is computed. */
  static EmbeddingRequest read(byte[] body, ServedModel served, Engine engine) {
    RequestFields fields = RequestFields.parse(body);
    String model =
        fields
            .text("model")
            .orElseThrow(
                () -> ApiError.invalid("model", "'model' is missing; see GET /v1/models."));
    served.check(model);
    fields.refuseUnknown(KNOWN);
    boolean base64 =
        switch (fields.text("encoding_format").orElse("float")) {
          case "float" -> false;
          case "base64" -> true;
          default ->
              throw ApiError.invalid(
                  "encoding_format", "'encoding_format' must be 'float' or 'base64'.");
        };
    int hidden = engine.config().hidden();
    int dimensions = fields.integer("dimensions", 1, hidden).orElse(hidden);
    return new EmbeddingRequest(
        model, texts(fields, engine), pooling(fields, engine), dimensions, base64);
  }

  /** How many tokens there are in all texts. */
  int tokens() {
    return texts.stream().mapToInt(text -> text.length).sum();
  }

  private static Pooling pooling(RequestFields fields, Engine engine) {
    return fields
        .text("pooling")
        .map(
            name ->
                switch (name) {
                  case "mean" -> Pooling.MEAN;
                  case "cls" -> Pooling.CLS;
                  case "last" -> Pooling.LAST;
                  default ->
                      throw ApiError.invalid(
                          "pooling", "'pooling' must be 'mean', 'cls' or 'last'.");
                })
        .orElseGet(engine::pooling);
  }

  private static List<int[]> texts(RequestFields fields, Engine engine) {
    JsonNode input = fields.required("input");
    if (!input.isArray() || input.path(0).isNumber()) {
      return List.of(text("input", input, engine));
    }
    if (input.isEmpty() || input.size() > MOST_TEXTS) {
      throw ApiError.invalid(
          "input", "'input' must have 1 to %d texts, not %d.".formatted(MOST_TEXTS, input.size()));
    }
    List<int[]> texts = new ArrayList<>();
    for (int i = 0; i < input.size(); i++) {
      if (input.get(i).getNodeType() != input.get(0).getNodeType()) {
        throw ApiError.invalid(
            "input", "'input' must have texts of one kind: strings, or arrays of token ids.");
      }
      texts.add(text("input[%d]".formatted(i), input.get(i), engine));
    }
    return texts;
  }

  private static int[] text(String name, JsonNode text, Engine engine) {
    int vocabulary = Math.min(engine.config().vocabulary(), engine.tokenizer().vocabularySize());
    int[] tokens;
    if (text.isTextual()) {
      tokens =
          text.textValue().isEmpty()
              ? new int[0]
              : engine.prompts().encode(text.textValue(), true, false);
    } else if (text.isArray()) {
      tokens = RequestFields.tokens("input", name, text, vocabulary);
    } else {
      throw ApiError.invalid(
          "input", "'%s' must be a string or an array of token ids.".formatted(name));
    }
    if (tokens.length == 0) {
      throw ApiError.invalid("input", "'%s' is empty.".formatted(name));
    }
    if (tokens.length > engine.contextLength()) {
      throw ApiError.contextLengthExceeded(
          "input",
          "'%s' has %d tokens, but the context is %d."
              .formatted(name, tokens.length, engine.contextLength()));
    }
    return tokens;
  }
}
