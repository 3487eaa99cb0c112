package dev.lanewise.model.hub;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.model.ModelFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;

/**
 * The tokens before and after a text, those that end an answer, and the chat template: from the
 * {@code post_processor}, {@code tokenizer_config.json}, {@code generation_config.json} and {@code
 * chat_template.jinja}.
 *
 * @param tokenizer the fields of {@code tokenizer.json}
 * @param ids of the tokens by their texts
 */
record SpecialTokenFiles(Path folder, JsonFields tokenizer, Map<String, Integer> ids) {
  private static final long MAX_CONFIG_BYTES = 16 << 20;
  private static final long MAX_TEMPLATE_BYTES = 1 << 20;

  /** Puts what they say into metadata, by the keys of GGUF. */
  void addTo(Map<String, Object> metadata) throws IOException {
    Optional<JsonFields> config = optional("tokenizer_config.json");
    addMark(metadata, config, "bos", "cls", mark(true));
    addMark(metadata, config, "eos", "sep", mark(false));
    ends().ifPresent(all -> metadata.put("tokenizer.hub.end_token_ids", all));
    chatTemplate(config).ifPresent(text -> metadata.put("tokenizer.chat_template", text));
  }

  private Optional<JsonFields> optional(String name) throws IOException {
    Path file = folder.resolve(name);
    return Files.exists(file)
        ? Optional.of(JsonFile.read(file, MAX_CONFIG_BYTES))
        : Optional.empty();
  }

  /**
   * A mark is what {@code tokenizer_config.json} names, or else what is added; {@code
   * add_bos_token} there is stronger than the post-processor, as the library that writes both has
   * it. What an encoder puts around texts has a name of its own there, and wins if it is added.
   */
  private void addMark(
      Map<String, Object> metadata,
      Optional<JsonFields> config,
      String name,
      String ofEncoder,
      Optional<Integer> added) {
    Optional<Integer> around = config.flatMap(c -> token(c, ofEncoder + "_token"));
    if (isOfEncoder()) {
      around = around.or(() -> added);
    }
    String key = ofEncoder.equals("sep") ? "seperator" : ofEncoder; // As GGUF spells it.
    around.ifPresent(id -> metadata.put("tokenizer.ggml." + key + "_token_id", (long) id));
    Optional<Integer> named =
        added.isPresent() && added.equals(around)
            ? added
            : config.flatMap(c -> token(c, name + "_token"));
    boolean adds =
        config.flatMap(c -> c.optBool("add_" + name + "_token")).orElse(added.isPresent());
    if (adds && added.isPresent() && named.isPresent() && !added.equals(named)) {
      throw tokenizer.error(
          "post_processor",
          "adds the token %d, but %s_token is %d".formatted(added.get(), name, named.get()));
    }
    named
        .or(() -> added)
        .ifPresent(id -> metadata.put("tokenizer.ggml." + name + "_token_id", (long) id));
    metadata.put("tokenizer.ggml.add_" + name + "_token", adds);
  }

  /** A token that is named by its text or by an object with that. */
  private Optional<Integer> token(JsonFields config, String field) {
    if (!config.has(field)) {
      return Optional.empty();
    }
    String text =
        config.node(field).isObject()
            ? config.fields(field).string("content")
            : config.string(field);
    Integer id = ids.get(text);
    if (id == null) {
      throw config.error(field, "\"" + text + "\" is not a token of tokenizer.json");
    }
    return Optional.of(id);
  }

  /** The steps of the post-processor. */
  private List<JsonFields> processors() {
    Optional<JsonFields> processor = tokenizer.optFields("post_processor");
    if (processor.isEmpty()) {
      return List.of();
    }
    return processor.get().string("type").equals("Sequence")
        ? processor.get().list("processors")
        : List.of(processor.get());
  }

  /** The token that the post-processor puts before a text, or behind it. */
  private Optional<Integer> mark(boolean before) {
    return processors().stream().flatMap(step -> mark(step, before).stream()).findFirst();
  }

  private static Optional<Integer> mark(JsonFields processor, boolean before) {
    return switch (processor.string("type")) {
      case "ByteLevel" -> Optional.empty();
      case "BertProcessing", "RobertaProcessing" ->
          Optional.of(encoderMark(processor, before ? "cls" : "sep"));
      case "TemplateProcessing" -> templateMark(processor, before);
      default ->
          throw processor.unsupported(
              "type", "TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel");
    };
  }

  private static Optional<Integer> templateMark(JsonFields processor, boolean before) {
    Optional<Integer> mark = Optional.empty();
    boolean passed = false;
    for (JsonFields piece : processor.list("single")) {
      if (piece.has("Sequence")) {
        passed = true;
      } else if (passed != before) {
        if (mark.isPresent()) {
          throw processor.error("single", "more than one token on a side of the text");
        }
        mark = Optional.of(id(processor, piece.fields("SpecialToken").string("id")));
      }
    }
    return mark;
  }

  private static int id(JsonFields processor, String name) {
    JsonFields token = processor.fields("special_tokens").fields(name);
    JsonNode all = token.node("ids");
    if (all.size() != 1 || !all.get(0).isInt()) {
      throw token.error("ids", "should be one token");
    }
    return all.get(0).intValue();
  }

  /** A mark is its text and its id. */
  private static int encoderMark(JsonFields processor, String name) {
    JsonNode mark = processor.node(name);
    if (mark.size() != 2 || !mark.get(1).isInt()) {
      throw processor.error(name, "should be a token and its id");
    }
    return mark.get(1).intValue();
  }

  private boolean isOfEncoder() {
    return processors().stream()
        .map(step -> step.string("type"))
        .anyMatch(type -> type.equals("BertProcessing") || type.equals("RobertaProcessing"));
  }

  /** The tokens that end an answer, of the first file that names any. */
  private Optional<int[]> ends() throws IOException {
    for (String name : new String[] {"generation_config.json", "config.json"}) {
      Optional<JsonFields> config = optional(name);
      if (config.isPresent() && config.get().has("eos_token_id")) {
        return Optional.of(ends(config.get()));
      }
    }
    return Optional.empty();
  }

  private static int[] ends(JsonFields config) {
    JsonNode ends = config.node("eos_token_id");
    JsonNode[] all =
        ends.isArray()
            ? StreamSupport.stream(ends.spliterator(), false).toArray(JsonNode[]::new)
            : new JsonNode[] {ends};
    return IntStream.range(0, all.length)
        .map(
            i -> {
              if (!all[i].isInt()) {
                throw config.error("eos_token_id", "should be an integer or a list of them");
              }
              return all[i].intValue();
            })
        .toArray();
  }

  private Optional<String> chatTemplate(Optional<JsonFields> config) throws IOException {
    Path file = folder.resolve("chat_template.jinja");
    if (Files.exists(file)) {
      if (Files.size(file) > MAX_TEMPLATE_BYTES) {
        throw new ModelFormatException(file, "file", "more than " + MAX_TEMPLATE_BYTES + " bytes");
      }
      return Optional.of(Files.readString(file, StandardCharsets.UTF_8));
    }
    if (config.isEmpty() || !config.get().has("chat_template")) {
      return Optional.empty();
    }
    if (config.get().node("chat_template").isTextual()) {
      return config.get().optString("chat_template");
    }
    for (JsonFields named : config.get().list("chat_template")) {
      if (named.string("name").equals("default")) {
        return named.optString("template");
      }
    }
    return Optional.empty();
  }
}
