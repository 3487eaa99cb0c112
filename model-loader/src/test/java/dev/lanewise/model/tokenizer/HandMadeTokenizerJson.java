package dev.lanewise.model.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.model.gguf.Metadata;
import dev.lanewise.model.hub.HubTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A folder with {@code tokenizer.json}, made by a test. */
final class HandMadeTokenizerJson {
  static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final ObjectNode json = JSON.createObjectNode();
  private int tokens;

  private HandMadeTokenizerJson(Path folder) {
    this.folder = folder;
    json.putArray("added_tokens");
    json.putNull("normalizer");
    ObjectNode model = json.putObject("model");
    model.put("type", "BPE");
    model.putObject("vocab");
    model.putArray("merges");
  }

  /** A byte-level vocabulary in which token 0 to 255 is that byte. */
  static HandMadeTokenizerJson bytePairs(Path folder) {
    HandMadeTokenizerJson made = new HandMadeTokenizerJson(folder);
    for (int b = 0; b < 256; b++) {
      made.token(String.valueOf(ByteAlphabet.charOf(b)));
    }
    return made.with("/pre_tokenizer", "{'type':'ByteLevel','add_prefix_space':false}");
  }

  /** A vocabulary of characters, that starts with unknown, beginning and end, and the bytes. */
  static HandMadeTokenizerJson characters(Path folder) {
    HandMadeTokenizerJson made =
        new HandMadeTokenizerJson(folder)
            .special("<unk>")
            .special("<s>")
            .special("</s>")
            .with("/model/unk_token", "'<unk>'")
            .with("/model/byte_fallback", "true");
    for (int b = 0; b < 256; b++) {
      made.token("<0x%02X>".formatted(b));
    }
    return made;
  }

  HandMadeTokenizerJson token(String text) {
    ((ObjectNode) json.at("/model/vocab")).put(text, tokens++);
    return this;
  }

  HandMadeTokenizerJson special(String text) {
    json.withArray("added_tokens")
        .addObject()
        .put("id", tokens++)
        .put("content", text)
        .put("special", true);
    return this;
  }

  /** Adds a merge, and its result as a token. */
  HandMadeTokenizerJson merge(String left, String right) {
    json.withObject("model").withArray("merges").addArray().add(left).add(right);
    return token(left + right);
  }

  /** Puts JSON, with ' for quotes, at a place. */
  HandMadeTokenizerJson with(String pointer, String value) {
    try {
      return with(pointer, JSON.readTree(value.replace('\'', '"')));
    } catch (IOException e) {
      throw new IllegalArgumentException(value, e);
    }
  }

  HandMadeTokenizerJson with(String pointer, JsonNode value) {
    int last = pointer.lastIndexOf('/');
    ((ObjectNode) json.at(pointer.substring(0, last))).set(pointer.substring(last + 1), value);
    return this;
  }

  /** Writes a file beside it, with ' for quotes. */
  HandMadeTokenizerJson file(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text.replace('\'', '"'));
    return this;
  }

  Metadata metadata(int vocabularySize) throws IOException {
    JSON.writeValue(folder.resolve("tokenizer.json").toFile(), json);
    return metadata(folder, vocabularySize);
  }

  static Metadata metadata(Path folder, int vocabularySize) throws IOException {
    Map<String, Object> metadata = HubTokenizer.read(folder, vocabularySize);
    return new Metadata(folder, metadata);
  }

  Tokenizer build() throws IOException {
    return build(tokens);
  }

  Tokenizer build(int vocabularySize) throws IOException {
    return Tokenizer.of(metadata(vocabularySize), folder);
  }
}
