package dev.lanewise.model.hub;

import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.UnsupportedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
    Map<String, Object> metadata = new LinkedHashMap<>();
    String type = model.optString("type").orElse("BPE");
    if (type.equals("Unigram") != (json.scores().length > 0)) {
      throw model.error("vocab", "should be a list if model.type is Unigram, and else an object");
    }
    switch (type) {
      case "BPE" -> addBytePairs(metadata, TextSteps.read(json.rest()));
      case "Unigram" -> addUnigram(metadata);
      case "WordPiece" -> addWordPieces(metadata);
      default -> throw model.unsupported("type", "BPE, Unigram, WordPiece");
    }
    metadata.put("tokenizer.ggml.tokens", List.of(tokens));
    metadata.put("tokenizer.ggml.token_type", types);
    return metadata;
  }

  private void addBytePairs(Map<String, Object> metadata, TextSteps steps) {
    JsonFields model = json.model();
    for (String field : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
      if (!model.optString(field).orElse("").isEmpty()) {
        throw new UnsupportedModel(json.file(), "model." + field, "no such field");
      }
    }
    metadata.put("tokenizer.ggml.model", steps.byteLevel() ? "gpt2" : "characters");
    addTokens(metadata, steps.byteLevel());
    if (steps.byteLevel()) {
      metadata.put("tokenizer.hub.splits", steps.splits());
      metadata.put("tokenizer.hub.ignore_merges", model.optBool("ignore_merges").orElse(false));
      addNormalizer(metadata);
    } else {
      metadata.put("tokenizer.hub.space_prefix", steps.spacePrefix());
      require(model, "ignore_merges", false);
      require(model, "byte_fallback", true);
      findBytes();
      model.optString("unk_token").map(ids::get).ifPresent(id -> addUnknown(metadata, id));
    }
    metadata.put("tokenizer.ggml.merges", json.merges());
  }

  private void addUnigram(Map<String, Object> metadata) {
    JsonFields model = json.model();
    WordSteps words = WordSteps.read(json.rest());
    metadata.put("tokenizer.ggml.model", "t5");
    metadata.put("tokenizer.hub.splits_at_space", words.splitsAtSpace());
    metadata.put("tokenizer.hub.splits_before_spaces", words.splitsBeforeSpaces());
    metadata.put("tokenizer.hub.space_prefix", words.spacePrefix());
    addTokens(metadata, true);
    addNormalizer(metadata);
    boolean bytes = model.optBool("byte_fallback").orElse(false);
    metadata.put("tokenizer.hub.byte_fallback", bytes);
    if (bytes) {
      findBytes();
    }
    int unknown = model.size("unk_id");
    if (unknown >= tokens.length) {
      throw model.error("unk_id", unknown + " is not the id of a token");
    }
    addUnknown(metadata, unknown);
    metadata.put("tokenizer.ggml.scores", json.scores());
  }

  private void addWordPieces(Map<String, Object> metadata) {
    JsonFields model = json.model();
    JsonFields cut = json.rest().fields("pre_tokenizer");
    if (!cut.string("type").equals("BertPreTokenizer")) {
      throw cut.unsupported("type", "BertPreTokenizer");
    }
    metadata.put("tokenizer.ggml.model", "bert");
    addTokens(metadata, true);
    addNormalizer(metadata);
    String continuation = model.optString("continuing_subword_prefix").orElse("##");
    if (continuation.isEmpty()) {
      throw model.unsupported("continuing_subword_prefix", "a prefix, such as ##");
    }
    metadata.put("tokenizer.hub.continuing_subword_prefix", continuation);
    model
        .optSize("max_input_chars_per_word")
        .ifPresent(
            most -> metadata.put("tokenizer.hub.max_input_chars_per_word", most.longValue()));
    String unknown = model.optString("unk_token").orElse("[UNK]");
    if (!ids.containsKey(unknown)) {
      throw model.error("unk_token", "\"" + unknown + "\" is not a token");
    }
    addUnknown(metadata, ids.get(unknown));
  }

  private void addNormalizer(Map<String, Object> metadata) {
    NormalizerSteps normalizer = NormalizerSteps.read(json.rest());
    metadata.put("tokenizer.hub.normalizer", normalizer.steps());
    normalizer
        .charsmap()
        .ifPresent(bytes -> metadata.put("tokenizer.ggml.precompiled_charsmap", bytes));
  }

  private void addUnknown(Map<String, Object> metadata, int id) {
    types[id] = UNKNOWN;
    metadata.put("tokenizer.ggml.unknown_token_id", (long) id);
  }

  private void findBytes() {
    for (int id = 0; id < tokens.length; id++) {
      if (tokens[id].matches("<0x[0-9A-F]{2}>")) {
        types[id] = BYTE;
      }
    }
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

  /**
   * Adds the tokens that are not of the model, and names those that have none.
   *
   * @param normalizes whether text is changed before the tokens that say so are looked for
   */
  private void addTokens(Map<String, Object> metadata, boolean normalizes) {
    Map<String, List<Integer>> flagged = new LinkedHashMap<>();
    for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized")) {
      flagged.put(flag, new ArrayList<>());
    }
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
      boolean special = added.optBool("special").orElse(false);
      for (String flag : flagged.keySet()) {
        // Text that only a template may write is found as it was written.
        boolean counts = !flag.equals("normalized") || (normalizes && !special);
        if (counts && added.optBool(flag).orElse(false)) {
          flagged.get(flag).add(id);
        }
      }
      tokens[id] = text;
      types[id] = special ? CONTROL : USER_DEFINED;
    }
    flagged.forEach(
        (flag, some) ->
            metadata.put(
                "tokenizer.hub." + flag + "_token_ids",
                some.stream().mapToInt(Integer::intValue).toArray()));
    for (int id = 0; id < tokens.length; id++) {
      if (tokens[id] == null) {
        tokens[id] = "[PAD" + id + "]";
        types[id] = UNUSED;
      } else {
        ids.put(tokens[id], id);
      }
    }
  }
}
