package dev.lanewise.model.hub;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.UnsupportedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A {@code tokenizer.json} as it is read: the long lists as they come, the rest as a tree.
 *
 * @param tokens of the model by their ids, null where an id has none
 * @param scores of the tokens, where the model is a list of tokens with scores; else empty
 * @param merges left and right with a space between them, in their order
 * @param model the other fields of the model
 * @param rest the other fields of the file
 */
record TokenizerJson(
    Path file,
    String[] tokens,
    float[] scores,
    List<String> merges,
    JsonFields model,
    JsonFields rest) {
  private static final long MAX_BYTES = 128L << 20;
  private static final int MAX_MERGES = 1 << 22;

  /**
   * Reads the file.
   *
   * @param vocabularySize ids are 0 to one less
   * @throws ModelFormatException if it is not sound, or has other ids
   * @throws UnsupportedModel if a merge has a space
   * @throws IOException if it cannot be read
   */
  static TokenizerJson read(Path file, int vocabularySize) throws IOException {
    try (JsonParser parser = JsonFile.parser(file, MAX_BYTES)) {
      return new Reader(file, parser, new String[vocabularySize]).read();
    } catch (JsonProcessingException malformed) {
      throw JsonFile.malformed(file, malformed);
    }
  }

  private static final class Reader {
    private final Path file;
    private final JsonParser parser;
    private final String[] tokens;
    private float[] scores = new float[0];

    Reader(Path file, JsonParser parser, String[] tokens) {
      this.file = file;
      this.parser = parser;
      this.tokens = tokens;
    }

    TokenizerJson read() throws IOException {
      List<String> merges = new ArrayList<>();
      ObjectNode model = JsonNodeFactory.instance.objectNode();
      ObjectNode rest = JsonNodeFactory.instance.objectNode();
      expect(parser.nextToken(), JsonToken.START_OBJECT, "file", "should be a JSON object");
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        parser.nextToken();
        if (name.equals("model")) {
          readModel(model, merges);
        } else {
          rest.set(name, (JsonNode) parser.readValueAsTree());
        }
      }
      expect(parser.nextToken(), null, "file", "something follows the JSON object");
      return new TokenizerJson(
          file,
          tokens,
          scores,
          List.copyOf(merges),
          new JsonFields(file, "model.", model),
          new JsonFields(file, "", rest));
    }

    private void readModel(ObjectNode model, List<String> merges) throws IOException {
      expect(parser.currentToken(), JsonToken.START_OBJECT, "model", "should be an object");
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        parser.nextToken();
        switch (name) {
          case "vocab" -> readVocabulary();
          case "merges" -> readMerges(merges);
          default -> model.set(name, (JsonNode) parser.readValueAsTree());
        }
      }
    }

    private void readVocabulary() throws IOException {
      if (parser.currentToken() == JsonToken.START_ARRAY) {
        readScoredTokens();
        return;
      }
      expect(parser.currentToken(), JsonToken.START_OBJECT, "model.vocab", "should be an object");
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String token = parser.currentName();
        boolean integer =
            parser.nextToken() == JsonToken.VALUE_NUMBER_INT
                && parser.getNumberType() == JsonParser.NumberType.INT;
        int id = integer ? parser.getIntValue() : -1;
        if (id < 0 || id >= tokens.length) {
          throw error(
              "model.vocab." + token,
              "the id %s is not from 0 to %d (vocab_size of config.json)"
                  .formatted(parser.getText(), tokens.length - 1));
        }
        if (tokens[id] != null) {
          throw error("model.vocab." + token, "the id " + id + " belongs to another token too");
        }
        tokens[id] = token;
      }
    }

    /** A token is [text, score], and its id is its place in the list. */
    private void readScoredTokens() throws IOException {
      scores = new float[tokens.length];
      int id = 0;
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        String field = "model.vocab[" + id + "]";
        if (id == tokens.length) {
          throw error(field, "vocab_size of config.json is " + tokens.length);
        }
        String problem = "should be a token and its score";
        expect(parser.currentToken(), JsonToken.START_ARRAY, field, problem);
        expect(parser.nextToken(), JsonToken.VALUE_STRING, field, problem);
        tokens[id] = parser.getText();
        if (!parser.nextToken().isNumeric() || !Float.isFinite(parser.getFloatValue())) {
          throw error(field, problem);
        }
        scores[id++] = parser.getFloatValue();
        expect(parser.nextToken(), JsonToken.END_ARRAY, field, problem);
      }
    }

    private void readMerges(List<String> merges) throws IOException {
      expect(parser.currentToken(), JsonToken.START_ARRAY, "model.merges", "should be a list");
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        if (merges.size() == MAX_MERGES) {
          throw error("model.merges", "more than " + MAX_MERGES);
        }
        merges.add(merge("model.merges[" + merges.size() + "]"));
      }
    }

    /** A merge is "left right" or ["left", "right"]. */
    private String merge(String field) throws IOException {
      if (parser.currentToken() == JsonToken.VALUE_STRING) {
        return parser.getText();
      }
      expect(parser.currentToken(), JsonToken.START_ARRAY, field, "should be a pair");
      expect(parser.nextToken(), JsonToken.VALUE_STRING, field, "should be a pair of strings");
      String left = parser.getText();
      expect(parser.nextToken(), JsonToken.VALUE_STRING, field, "should be a pair of strings");
      String right = parser.getText();
      expect(parser.nextToken(), JsonToken.END_ARRAY, field, "should be a pair");
      if (left.indexOf(' ') >= 0 || right.indexOf(' ') >= 0) {
        throw new UnsupportedModel(file, field + " with a space", "merges of other characters");
      }
      return left + " " + right;
    }

    private void expect(JsonToken token, JsonToken expected, String field, String problem) {
      if (token != expected) {
        throw error(field, problem);
      }
    }

    private ModelFormatException error(String field, String problem) {
      return new ModelFormatException(file, field, problem);
    }
  }
}
