package dev.lanewise.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.model.gguf.Metadata;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Small tokenizers in the forms in which families of models are published, and what the reference
 * makes of texts with them; README.md beside them says how they were made.
 */
final class PublishedTokenizersTest {
  private static Path folder(String name) {
    try {
      return Path.of(PublishedTokenizersTest.class.getResource("published/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<JsonNode> cases(String name) throws IOException {
    List<JsonNode> cases = new ArrayList<>();
    for (String line : Files.readAllLines(folder(name).resolve("cases.jsonl"))) {
      cases.add(HandMadeTokenizerJson.JSON.readTree(line));
    }
    return cases;
  }

  private static Metadata metadata(String name) throws IOException {
    JsonNode json =
        HandMadeTokenizerJson.JSON.readTree(folder(name).resolve("tokenizer.json").toFile());
    int size = json.at("/model/vocab").size();
    for (JsonNode added : json.path("added_tokens")) {
      size = Math.max(size, added.path("id").intValue() + 1);
    }
    return HandMadeTokenizerJson.metadata(folder(name), size);
  }

  private static int[] ids(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).mapToInt(JsonNode::intValue).toArray();
  }

  private static int[] withMarks(Tokenizer tokenizer, int[] ids) {
    IntStream before = tokenizer.addsBos() ? tokenizer.bos().stream() : IntStream.empty();
    IntStream behind = tokenizer.addsEos() ? tokenizer.eos().stream() : IntStream.empty();
    return IntStream.concat(before, IntStream.concat(Arrays.stream(ids), behind)).toArray();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "t5",
        "ul2",
        "xlm-roberta",
        "albert",
        "bert-uncased",
        "bert-cased",
        "modernbert",
        "gpt-neox",
        "gpt2",
        "opt",
        "roberta",
        "bloom"
      })
  void tokenizesAsTheReference(String name) throws IOException {
    Tokenizer tokenizer = Tokenizer.of(metadata(name), folder(name));
    for (JsonNode expected : cases(name)) {
      String text = expected.path("text").textValue();
      int[] ids = tokenizer.encode(text, true);
      assertArrayEquals(ids(expected.path("ids")), ids, text);
      assertArrayEquals(ids(expected.path("all")), withMarks(tokenizer, ids), text);
      assertEquals(
          expected.path("decoded").textValue(), HandMadeVocabulary.decode(tokenizer, ids), text);
    }
  }

  /** The keys that a GGUF file of a SentencePiece model has. */
  @ParameterizedTest
  @ValueSource(strings = {"t5", "xlm-roberta"})
  void aGgufFileTokenizesAsSentencePiece(String name) throws IOException {
    Metadata hub = metadata(name);
    Map<String, Object> keys = new HashMap<>();
    for (String key :
        List.of(
            "model",
            "tokens",
            "scores",
            "token_type",
            "precompiled_charsmap",
            "unknown_token_id")) {
      keys.put("tokenizer.ggml." + key, hub.raw("tokenizer.ggml." + key));
    }
    keys.put("tokenizer.ggml.remove_extra_whitespaces", true);
    keys.put("tokenizer.ggml.add_space_prefix", true);
    Tokenizer tokenizer = Tokenizer.of(new Metadata(folder(name), keys), folder(name));
    for (JsonNode expected : cases(name)) {
      String text = expected.path("text").textValue();
      if (!text.matches("(?s).*(<extra_id_\\d+>|<mask>|</?s>).*")) {
        int[] ids = tokenizer.encode(text, false);
        assertArrayEquals(ids(expected.path("sentencepiece")), ids, text);
      }
    }
    assertEquals(OptionalInt.of(1), tokenizer.eos());
    assertTrue(tokenizer.closesPrompts());
    assertFalse(tokenizer.addsBos());
  }

  /** The keys that a GGUF file of a WordPiece model has: words begin with U+2581. */
  @ParameterizedTest
  @CsvSource({"bert-uncased, true", "bert-cased, false"})
  void aGgufFileTokenizesAsWordPiece(String name, boolean lowercase) throws IOException {
    Metadata hub = metadata(name);
    int[] types = hub.integers("tokenizer.ggml.token_type");
    List<String> tokens = new ArrayList<>();
    for (String token : hub.strings("tokenizer.ggml.tokens")) {
      boolean marks = TokenType.ofNumber(types[tokens.size()]) != TokenType.NORMAL;
      tokens.add(marks ? token : token.startsWith("##") ? token.substring(2) : "\u2581" + token);
    }
    Map<String, Object> keys = new HashMap<>();
    keys.put("tokenizer.ggml.model", "bert");
    keys.put("tokenizer.ggml.tokens", tokens);
    keys.put("tokenizer.ggml.token_type", types);
    keys.put("tokenizer.ggml.unknown_token_id", 1L);
    keys.put("tokenizer.ggml.cls_token_id", 2L);
    keys.put("tokenizer.ggml.seperator_token_id", 3L);
    if (!lowercase) {
      keys.put("tokenizer.ggml.normalizer.lowercase", false);
    }
    Tokenizer tokenizer = Tokenizer.of(new Metadata(folder(name), keys), folder(name));
    for (JsonNode expected : cases(name)) {
      String text = expected.path("text").textValue();
      int[] ids = tokenizer.encode(text, true);
      assertArrayEquals(ids(expected.path("ids")), ids, text);
      assertArrayEquals(ids(expected.path("all")), withMarks(tokenizer, ids), text);
      assertEquals(
          expected.path("decoded").textValue(), HandMadeVocabulary.decode(tokenizer, ids), text);
    }
    assertTrue(tokenizer.closesPrompts());
  }

  @ParameterizedTest
  @CsvSource({
    "t5, true", "ul2, true", "xlm-roberta, true", "albert, true", "bert-cased, true",
    "modernbert, true", "roberta, true", "opt, false", "gpt2, false", "gpt-neox, false",
    "bloom, false"
  })
  void promptsOfEncodersAreClosed(String name, boolean closes) throws IOException {
    assertEquals(closes, Tokenizer.of(metadata(name), folder(name)).closesPrompts());
  }

  @ParameterizedTest
  @CsvSource({"t5, <extra_id_0>", "ul2, [S2S]", "ul2, [NLU]", "ul2, <extra_id_3>"})
  void promptsMayHaveGapsAndModes(String name, String token) throws IOException {
    Tokenizer tokenizer = Tokenizer.of(metadata(name), folder(name));
    int[] ids = tokenizer.encode(token, false);
    assertEquals(List.of(token), HandMadeVocabulary.texts(tokenizer, ids));
    assertEquals(token, HandMadeVocabulary.decode(tokenizer, ids));
    Map<String, Object> chats = new HashMap<>();
    for (String key : metadata(name).keys()) {
      chats.put(key, metadata(name).raw(key));
    }
    chats.put("tokenizer.chat_template", "{{ messages }}");
    Tokenizer ofChats = Tokenizer.of(new Metadata(folder(name), chats), folder(name));
    assertEquals(token.equals("[NLU]"), ofChats.encode(token, false).length == 1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "t5   | /model/unk_id     | 720          | model.unk_id: 720 is not the id of a token",
        "t5   | /model/unk_id     | null         | model.unk_id: missing",
        "t5   | /model/unk_id     | -1           | model.unk_id: should be an integer",
        "t5   | /model/vocab      | {}           | model.vocab: should be a list",
        "t5   | /normalizer/precompiled_charsmap | 'AAAA' | precompiled_charsmap: a trie of 0 bytes",
        "t5   | /pre_tokenizer    | {'type':'Whitespace'} | pre_tokenizer.type = \"Whitespace\"",
        "t5   | /pre_tokenizer    | null         | a pre_tokenizer of 0 steps",
        "bert-cased | /model/unk_token | '[NONE]'  | model.unk_token: \"[NONE]\" is not a token",
        "bert-cased | /model/continuing_subword_prefix | '' | model.continuing_subword_prefix",
        "bert-cased | /pre_tokenizer | {'type':'Whitespace'} | pre_tokenizer.type = \"Whitespace\"",
      })
  void namesWhatItRefuses(
      String name, String place, String value, String named, @TempDir Path changed)
      throws IOException {
    ObjectNode json =
        (ObjectNode)
            HandMadeTokenizerJson.JSON.readTree(folder(name).resolve("tokenizer.json").toFile());
    int last = place.lastIndexOf('/');
    ((ObjectNode) json.at(place.substring(0, last)))
        .set(
            place.substring(last + 1),
            HandMadeTokenizerJson.JSON.readTree(value.replace('\'', '"')));
    HandMadeTokenizerJson.JSON.writeValue(changed.resolve("tokenizer.json").toFile(), json);
    RuntimeException error =
        assertThrows(
            RuntimeException.class,
            () -> Tokenizer.of(HandMadeTokenizerJson.metadata(changed, 720), changed));
    assertTrue(error.getMessage().contains(named), error.getMessage());
  }
}
