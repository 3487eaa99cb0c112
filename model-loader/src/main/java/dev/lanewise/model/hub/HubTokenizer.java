package dev.lanewise.model.hub;

import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.UnsupportedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code tokenizer.json} and the files beside it say, in the keys of GGUF; keys that begin
 * with {@code tokenizer.hub.} are for what GGUF has no key for.
 */
public final class HubTokenizer {
  // As numbered by tokenizer.ggml.token_type.
  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;
  private static final int UNUSED = 5;
  private static final int BYTE = 6;

  private final TokenizerJson json;
  private final String[] tokens;
  private final int[] types;
  private final Map<String, Integer> ids = new HashMap<>();

  private HubTokenizer(TokenizerJson json) {
    this.json = json;
    this.tokens = json.tokens();
    this.types = new int[tokens.length];
    Arrays.fill(types, NORMAL);
  }

  /**
   * Keys of GGUF with values as {@link dev.lanewise.model.gguf.Metadata} has them. Nothing if the
   * folder has no {@code tokenizer.json}.
   *
   * @param vocabularySize ids are 0 to one less; those that have no token get one without text
   * @throws ModelFormatException if a file is not sound
   * @throws UnsupportedModel if the tokenizer is of a kind that is not known
   * @throws IOException if a file cannot be read
   */
  public static Map<String, Object> read(Path folder, int vocabularySize) throws IOException {
    Path file = folder.resolve("tokenizer.json");
    if (!Files.exists(file)) {
      return Map.of();
    }
    HubTokenizer tokenizer = new HubTokenizer(TokenizerJson.read(file, vocabularySize));
    Map<String, Object> metadata = tokenizer.metadata();
    new SpecialTokenFiles(folder, tokenizer.json.rest(), tokenizer.ids).addTo(metadata);
    return metadata;
  }

  private Map<String, Object> metadata() {
    JsonFields model = json.model();
    if (!model.optString("type").orElse("BPE").equals("BPE")) {
      throw new UnsupportedModel(json.file(), "model.type = " + model.node("type"), "BPE");
    }
    for (String field : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
      if (!model.optString(field).orElse("").isEmpty()) {
        throw new UnsupportedModel(json.file(), "model." + field, "no such field");
      }
    }
    TextSteps steps = TextSteps.read(json.rest());
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("tokenizer.ggml.model", steps.byteLevel() ? "gpt2" : "characters");
    if (steps.byteLevel()) {
      metadata.put("tokenizer.hub.splits", steps.splits());
      metadata.put("tokenizer.hub.ignore_merges", model.optBool("ignore_merges").orElse(false));
      metadata.put("tokenizer.hub.nfc", steps.composed());
    } else {
      metadata.put("tokenizer.hub.space_prefix", steps.spacePrefix());
      require(model, "ignore_merges", false);
      require(model, "byte_fallback", true);
    }
    addTokens();
    for (int id = 0; id < tokens.length; id++) {
      if (tokens[id] == null) {
        tokens[id] = "[PAD" + id + "]";
        types[id] = UNUSED;
      } else {
        ids.put(tokens[id], id);
        if (!steps.byteLevel() && tokens[id].matches("<0x[0-9A-F]{2}>")) {
          types[id] = BYTE;
        }
      }
    }
    Optional<Integer> unknown = model.optString("unk_token").map(ids::get);
    if (unknown.isPresent() && !steps.byteLevel()) {
      types[unknown.get()] = UNKNOWN;
      metadata.put("tokenizer.ggml.unknown_token_id", (long) unknown.get());
    }
    metadata.put("tokenizer.ggml.tokens", List.of(tokens));
    metadata.put("tokenizer.ggml.token_type", types);
    metadata.put("tokenizer.ggml.merges", json.merges());
    return metadata;
  }

  /** Refuses a flag of a model whose symbols are characters. */
  private static void require(JsonFields model, String flag, boolean only) {
    if (model.optBool(flag).orElse(false) != only) {
      throw new UnsupportedModel(
          model.file(),
          "model.%s = %s of a tokenizer of characters".formatted(flag, !only),
          only + "");
    }
  }

  private void addTokens() {
    for (JsonFields added : json.rest().list("added_tokens")) {
      int id = added.size("id");
      String text = added.string("content");
      if (id >= tokens.length) {
        throw added.error(
            "id", id + " is not less than vocab_size of config.json, " + tokens.length);
      }
      if (tokens[id] != null && !tokens[id].equals(text)) {
        throw added.error(
            "content", "is \"%s\", but token %d is \"%s\"".formatted(text, id, tokens[id]));
      }
      for (String flag : List.of("single_word", "lstrip", "rstrip")) {
        if (added.optBool(flag).orElse(false)) {
          throw new UnsupportedModel(
              json.file(), added.prefix() + flag + " = true (\"" + text + "\")", "false");
        }
      }
      tokens[id] = text;
      types[id] = added.optBool("special").orElse(false) ? CONTROL : USER_DEFINED;
    }
  }
}
