package dev.lanewise.model.tokenizer;

import static dev.lanewise.model.tokenizer.HandMadeTokenizerJson.bytePairs;
import static dev.lanewise.model.tokenizer.HandMadeTokenizerJson.characters;
import static dev.lanewise.model.tokenizer.HandMadeVocabulary.texts;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.UnsupportedModel;
import dev.lanewise.model.gguf.GgufFile;
import dev.lanewise.model.gguf.Metadata;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokenizers as {@code tokenizer.json} and the files beside it describe them. */
final class HubTokenizerTest {
  private static final Path MODELS = Path.of(System.getProperty("lanewise.models"));

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theDefaultModelTokenizesAsItsGgufFile(boolean mergesArePairs) throws IOException {
    Path file = MODELS.resolve("SmolLM2-135M-Instruct.Q4_1.gguf");
    try (GgufFile gguf = GgufFile.open(file)) {
      Tokenizer expected = Tokenizer.of(gguf.metadata(), file);
      write(gguf.metadata(), mergesArePairs);
      Tokenizer actual =
          Tokenizer.of(HandMadeTokenizerJson.metadata(folder, expected.vocabularySize()), folder);
      for (String name : List.of("tokens.jsonl", "runs.jsonl")) {
        for (String line : Files.readAllLines(MODELS.resolve("reference").resolve(name))) {
          JsonNode node = HandMadeTokenizerJson.JSON.readTree(line);
          assertSameIds(expected, actual, node.path("rendered").asText(node.path("text").asText()));
        }
      }
      Random random = new Random(7);
      for (int i = 0; i < 500; i++) {
        assertSameIds(expected, actual, RandomText.of(random, 20));
      }
      for (int id = 0; id < expected.vocabularySize(); id++) {
        assertArrayEquals(expected.bytesOf(id), actual.bytesOf(id));
        assertEquals(expected.isControl(id), actual.isControl(id), expected.textOf(id));
      }
      assertArrayEquals(expected.endOfGeneration(), actual.endOfGeneration());
    }
  }

  private static void assertSameIds(Tokenizer expected, Tokenizer actual, String text) {
    for (boolean special : new boolean[] {false, true}) {
      assertArrayEquals(expected.encode(text, special), actual.encode(text, special), text);
    }
  }

  /** Writes the vocabulary of the default model in the form in which it was published. */
  private void write(Metadata gguf, boolean mergesArePairs) throws IOException {
    ObjectNode json = HandMadeTokenizerJson.JSON.createObjectNode();
    json.set(
        "pre_tokenizer",
        HandMadeTokenizerJson.JSON.readTree(
            """
            {"type": "Sequence", "pretokenizers": [
              {"type": "Digits", "individual_digits": true},
              {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}]}
            """));
    ObjectNode model = json.putObject("model");
    ObjectNode vocab = model.putObject("vocab");
    List<String> tokens = gguf.strings("tokenizer.ggml.tokens");
    int[] types = gguf.integers("tokenizer.ggml.token_type");
    for (int id = 0; id < tokens.size(); id++) {
      vocab.put(tokens.get(id), id);
      if (TokenType.ofNumber(types[id]) == TokenType.CONTROL) {
        json.withArray("added_tokens")
            .addObject()
            .put("id", id)
            .put("content", tokens.get(id))
            .put("special", true);
      }
    }
    ArrayNode merges = model.putArray("merges");
    for (String merge : gguf.strings("tokenizer.ggml.merges")) {
      if (mergesArePairs) {
        int space = merge.indexOf(' ');
        merges.addArray().add(merge.substring(0, space)).add(merge.substring(space + 1));
      } else {
        merges.add(merge);
      }
    }
    HandMadeTokenizerJson.JSON.writeValue(folder.resolve("tokenizer.json").toFile(), json);
  }

  @Test
  void mergesOfCharactersMakeWhatScoresMake() throws IOException {
    HandMadeTokenizerJson made =
        characters(folder)
            .with(
                "/normalizer",
                "{'type':'Sequence','normalizers':[{'type':'Prepend','prepend':'\u2581'},"
                    + "{'type':'Replace','pattern':{'String':' '},'content':'\u2581'}]}");
    HandMadeVocabulary scored = HandMadeVocabulary.sentencePieces().byteTokens();
    for (String letter : List.of("\u2581", "a", "b", "c")) {
      made.token(letter);
      scored.piece(letter, 0);
    }
    String[] pairs = {"ab", "\u2581a", "bc", "cc", "\u2581b", "aa"};
    for (int i = 0; i < pairs.length; i++) {
      made.merge(pairs[i].substring(0, 1), pairs[i].substring(1));
      scored.piece(pairs[i], -i);
    }
    Tokenizer expected = scored.build();
    Tokenizer actual = made.build();
    Random random = new Random(3);
    for (int i = 0; i < 300; i++) {
      StringBuilder text = new StringBuilder();
      for (int c = random.nextInt(20); c >= 0; c--) {
        text.append("abc é\n".charAt(random.nextInt(6)));
      }
      assertSameIds(expected, actual, text.toString());
    }
    assertArrayEquals(expected.bytesOf(3 + '\n'), actual.bytesOf(3 + '\n'));
    assertSameIds(expected, actual, "<s>a</s>b");
  }

  @ParameterizedTest
  @CsvSource({
    "always, a<s>a,  4, 1, 4",
    "always, ' a<s>a', 4, 1, 4",
    "first,  a<s>a, 4, 1, 3",
    "first,  <s>a<s>, 1, 3, 1",
    "never,  a<s>a, 3, 1, 3"
  })
  void metaspacePrefixes(String scheme, String text, int first, int second, int third)
      throws IOException {
    Tokenizer tokenizer =
        HandMadeTokenizerJson.characters(folder)
            .token("\u2581")
            .token("a")
            .merge("\u2581", "a")
            .with(
                "/pre_tokenizer",
                "{'type':'Metaspace','replacement':'\u2581','split':false,'prepend_scheme':'%s'}"
                    .formatted(scheme))
            .build();
    // 3 stands for "a" and 4 for "\u2581a" here.
    int[] ids = tokenizer.encode(text, true);
    for (int i = 0; i < ids.length; i++) {
      ids[i] = ids[i] > 2 ? ids[i] - 257 : ids[i];
    }
    assertArrayEquals(new int[] {first, second, third}, ids);
  }

  @Test
  void composesTextWhereTheFileSaysSo() throws IOException {
    HandMadeTokenizerJson made = bytePairs(folder).merge("\u00c3", "\u00a9"); // the bytes of \u00e9
    assertEquals(
        1, made.with("/normalizer", "{'type':'NFC'}").build().encode("e\u0301", false).length);
    assertEquals(3, made.with("/normalizer", "null").build().encode("e\u0301", false).length);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // As the files of Llama 3, Qwen 2 and DeepSeek V3 have them.
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
        "\\p{N}{1,3}\u0000[一-龥\u3040-ゟ゠-ヿ]+\u0000"
            + "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?"
            + "[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
      })
  void knowsHowPublishedFilesCutText(String regexes) throws IOException {
    HandMadeTokenizerJson made = bytePairs(folder);
    ObjectNode sequence = HandMadeTokenizerJson.JSON.createObjectNode().put("type", "Sequence");
    for (String regex : regexes.split("\u0000")) {
      ObjectNode split = sequence.withArray("pretokenizers").addObject().put("type", "Split");
      split.put("behavior", "Isolated").put("invert", false);
      split.putObject("pattern").put("Regex", regex);
    }
    sequence
        .withArray("pretokenizers")
        .addObject()
        .put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("use_regex", false);
    Tokenizer tokenizer = made.with("/pre_tokenizer", sequence).build();
    assertEquals(
        "A test, 1234",
        HandMadeVocabulary.decode(tokenizer, tokenizer.encode("A test, 1234", false)));
  }

  /** As Gemma's file has it: spaces are replaced before text is cut at spaces. */
  @Test
  void aCutAtSpacesThatAreReplacedCutsNothing() throws IOException {
    HandMadeTokenizerJson made =
        characters(folder)
            .token("\u2581")
            .token("a")
            .merge("\u2581", "a")
            .merge("a", "\u2581a")
            .with("/normalizer", "{'type':'Replace','pattern':{'String':' '},'content':'\u2581'}");
    int[] uncut = made.build().encode("a a", false);
    assertEquals(1, uncut.length);
    made.with(
        "/pre_tokenizer",
        "{'type':'Split','pattern':{'String':' '},'behavior':'MergedWithPrevious','invert':false}");
    assertArrayEquals(uncut, made.build().encode("a a", false));
  }

  /** Where matches leave nothing between them, keeping only them is to cut at them. */
  @Test
  void onlyMatchesAreAllOfTheText() throws IOException {
    String regex =
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    Tokenizer[] tokenizers = new Tokenizer[2];
    for (int i = 0; i < 2; i++) {
      ObjectNode steps = HandMadeTokenizerJson.JSON.createObjectNode().put("type", "Sequence");
      ObjectNode split = steps.withArray("pretokenizers").addObject().put("type", "Split");
      split.put("behavior", i == 0 ? "Isolated" : "Removed").put("invert", i == 1);
      split.putObject("pattern").put("Regex", regex);
      steps
          .withArray("pretokenizers")
          .addObject()
          .put("type", "ByteLevel")
          .put("add_prefix_space", false)
          .put("use_regex", false);
      tokenizers[i] = bytePairs(folder).with("/pre_tokenizer", steps).build();
    }
    Random random = new Random(11);
    for (int i = 0; i < 200; i++) {
      assertSameIds(tokenizers[0], tokenizers[1], RandomText.of(random, 20));
    }
  }

  @Test
  void piecesThatAreTokensNeedNoMergesIfTheModelSaysSo() throws IOException {
    HandMadeTokenizerJson made = bytePairs(folder).token("word");
    assertEquals(4, made.build().encode("word", false).length);
    assertEquals(1, made.with("/model/ignore_merges", "true").build().encode("word", false).length);
  }

  @Test
  void marksComeFromThePostProcessor() throws IOException {
    HandMadeTokenizerJson made =
        bytePairs(folder)
            .special("<s>")
            .special("</s>")
            .with(
                "/post_processor",
                "{'type':'Sequence','processors':[{'type':'ByteLevel'},{'type':'TemplateProcessing',"
                    + "'single':[{'SpecialToken':{'id':'<s>'}},{'Sequence':{'id':'A'}}],"
                    + "'special_tokens':{'<s>':{'id':'<s>','ids':[256],'tokens':['<s>']}}}]}");
    Tokenizer tokenizer = made.build();
    assertEquals(OptionalInt.of(256), tokenizer.bos());
    assertTrue(tokenizer.addsBos());
    assertFalse(tokenizer.addsEos());
    made.file("tokenizer_config.json", "{'eos_token':{'content':'</s>'},'add_bos_token':false}");
    tokenizer = made.build();
    assertFalse(tokenizer.addsBos());
    assertEquals(OptionalInt.of(257), tokenizer.eos());
    made.file("tokenizer_config.json", "{'bos_token':'</s>'}");
    ModelFormatException error = assertThrows(ModelFormatException.class, made::build);
    assertTrue(error.getMessage().contains("adds the token 256, but bos_token is 257"));
    made.file("tokenizer_config.json", "{'bos_token':'<none>'}");
    error = assertThrows(ModelFormatException.class, made::build);
    assertTrue(error.getMessage().contains("bos_token: \"<none>\" is not a token"));
  }

  @Test
  void marksOfEncodersCloseTexts() throws IOException {
    HandMadeTokenizerJson made =
        bytePairs(folder)
            .special("[CLS]")
            .special("[SEP]")
            .with(
                "/post_processor",
                "{'type':'RobertaProcessing','cls':['[CLS]',256],'sep':['[SEP]',257]}");
    Tokenizer tokenizer = made.build();
    assertEquals(OptionalInt.of(256), tokenizer.bos());
    assertEquals(OptionalInt.of(257), tokenizer.eos());
    assertTrue(tokenizer.addsBos() && tokenizer.addsEos() && tokenizer.closesPrompts());
    made.file("tokenizer_config.json", "{'add_eos_token':false}");
    assertFalse(made.build().closesPrompts());
  }

  @Test
  void textNeverBecomesAMarkThatIsLookedForAfterItWasChanged() throws IOException {
    Tokenizer tokenizer =
        bytePairs(folder)
            .with(
                "/added_tokens",
                "[{'id':256,'content':'</s>','special':false,'normalized':true},"
                    + "{'id':257,'content':'<a>','special':true,'normalized':true},"
                    + "{'id':258,'content':'<b>','special':false,'normalized':true}]")
            .with("/normalizer", "{'type':'Lowercase'}")
            .build(259);
    assertEquals(
        List.of("</s>", "<a>", "<b>"), texts(tokenizer, tokenizer.encode("</s><a><B>", true)));
    assertEquals(8, tokenizer.encode("</s><a><B>", false).length);
  }

  @Test
  void answersEndWithTheTokensOfTheGenerationConfig() throws IOException {
    HandMadeTokenizerJson made = bytePairs(folder).special("<one>").special("<two>");
    made.file("config.json", "{'eos_token_id':256}");
    assertArrayEquals(new int[] {256}, made.build().endOfGeneration());
    made.file("generation_config.json", "{'eos_token_id':[257,256]}");
    assertArrayEquals(new int[] {256, 257}, made.build().endOfGeneration());
    made.file("generation_config.json", "{'eos_token_id':999}");
    assertThrows(ModelFormatException.class, made::build);
  }

  @Test
  void theTemplateIsAFileOfItsOwnOrInTheConfig() throws IOException {
    HandMadeTokenizerJson made = bytePairs(folder);
    String key = "tokenizer.chat_template";
    assertFalse(made.metadata(256).has(key));
    made.file("tokenizer_config.json", "{'chat_template':[{'name':'default','template':'one'}]}");
    assertEquals("one", made.metadata(256).string(key));
    made.file("tokenizer_config.json", "{'chat_template':'two'}");
    assertEquals("two", made.metadata(256).string(key));
    made.file("chat_template.jinja", "three");
    assertEquals("three", made.metadata(256).string(key));
  }

  @Test
  void idsWithoutATokenArePadding() throws IOException {
    Metadata metadata = bytePairs(folder).metadata(300);
    Tokenizer tokenizer = Tokenizer.of(metadata, folder);
    assertEquals(300, tokenizer.vocabularySize());
    assertEquals(0, tokenizer.bytesOf(299).length);
  }

  @Test
  void saysThatThereIsNoTokenizer() throws IOException {
    Metadata none = HandMadeTokenizerJson.metadata(folder, 300);
    ModelFormatException error =
        assertThrows(ModelFormatException.class, () -> Tokenizer.of(none, folder));
    assertTrue(error.getMessage().contains("needs a tokenizer.json"), error.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "/model/type       | 'WordLevel'                      | model.type = \"WordLevel\"",
        "/model/end_of_word_suffix | '</w>'                   | model.end_of_word_suffix",
        "/normalizer       | {'type':'ByteLevel'}             | normalizer.type = \"ByteLevel\"",
        "/normalizer       | {'type':'Replace','pattern':{'Regex':'(a*)*b'},'content':''} | replaces the pattern (a*)*b",
        "/pre_tokenizer    | {'type':'Whitespace'}            | pre_tokenizer.type = \"Whitespace\"",
        "/pre_tokenizer    | {'type':'ByteLevel'}             | pre_tokenizer.add_prefix_space",
        "/pre_tokenizer    | {'type':'Sequence','pretokenizers':[{'type':'Split','behavior':'Isolated','pattern':{'Regex':'(a*)*b'}},{'type':'ByteLevel','add_prefix_space':false}]} | that cuts text by [(a*)*b,",
        "/pre_tokenizer    | {'type':'Metaspace','replacement':'▁','prepend_scheme':'first'} | pre_tokenizer.split",
        "/pre_tokenizer    | {'type':'Sequence','pretokenizers':[{'type':'Split','behavior':'Removed','invert':true,'pattern':{'Regex':'a'}},{'type':'ByteLevel','add_prefix_space':false}]} | pre_tokenizer.pretokenizers[0].behavior",
        "/post_processor   | {'type':'Template'}              | post_processor.type = \"Template\"",
        "/model/merges     | [['a b','c']]                    | model.merges[0] with a space",
      })
  void namesWhatIsNotSupported(String place, String value, String named) {
    UnsupportedModel error =
        assertThrows(UnsupportedModel.class, () -> bytePairs(folder).with(place, value).build());
    assertTrue(error.getMessage().contains(named), error.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "/model/vocab  | {'a':256}             | model.vocab.a: the id 256 is not from 0 to 255",
        "/model/vocab  | {'a':-1}              | model.vocab.a: the id -1",
        "/model/vocab  | {'a':2147483648}      | model.vocab.a: the id 2147483648",
        "/model/vocab  | {'a':'0'}             | model.vocab.a: the id 0",
        "/model/vocab  | {'a':1,'b':1}         | model.vocab.b: the id 1 belongs to another",
        "/model/vocab  | [['a',1]]             | model.vocab: should be a list if model.type is Unigram",
        "/model/type   | 'Unigram'             | model.vocab: should be a list if model.type is Unigram",
        "/model/vocab  | [['a',1],['b']]       | model.vocab[1]: should be a token and its score",
        "/model/vocab  | [['a','b']]           | model.vocab[0]: should be a token and its score",
        "/model/vocab  | [['a',1e99]]          | model.vocab[0]: should be a token and its score",
        "/model/vocab  | [['a',1],2]           | model.vocab[1]: should be a token and its score",
        "/model/vocab  | [['a',1,2]]           | model.vocab[0]: should be a token and its score",
        "/model/vocab  | 1                     | model.vocab: should be an object",
        "/model/merges | {}                    | model.merges: should be a list",
        "/model/merges | [['a']]               | model.merges[0]: should be a pair",
        "/model/merges | [['a','b','c']]       | model.merges[0]: should be a pair",
        "/model/merges | [1]                   | model.merges[0]: should be a pair",
        "/model        | 1                     | model: should be an object",
        "/added_tokens | [{'id':999,'content':'x'}] | added_tokens[0].id: 999 is not less",
        "/added_tokens | [{'id':0,'content':'x'}]   | added_tokens[0].content: is \"x\", but token 0",
        "/normalizer   | 'NFC'                 | normalizer: should be an object",
        "/normalizer   | {'type':'Precompiled','precompiled_charsmap':'?'} | normalizer.precompiled_charsmap: is not Base64",
        "/post_processor | {'type':'BertProcessing','cls':['a',1],'sep':['a']} | post_processor.sep: should be a token and its id",
      })
  void namesWhatIsNotSound(String place, String value, String named) {
    ModelFormatException error =
        assertThrows(
            ModelFormatException.class, () -> bytePairs(folder).with(place, value).build());
    assertTrue(error.getMessage().contains("tokenizer.json: " + named), error.getMessage());
  }

  @Test
  void mergesThatLeadNowhereAreSkipped() throws IOException {
    Tokenizer tokenizer =
        bytePairs(folder)
            .with("/model/merges", "[['','a'],['a',''],['a','b'],['b','a'],'','x',' ','no none']")
            .build();
    assertEquals(List.of("a", "b", "a"), texts(tokenizer, tokenizer.encode("aba", false)));
  }

  @Test
  void refusesHugeFilesAndStrings() throws IOException {
    Path file = folder.resolve("tokenizer.json");
    Files.writeString(file, "{\"version\":\"" + "x".repeat(2 << 20) + "\"}");
    ModelFormatException string =
        assertThrows(ModelFormatException.class, () -> HandMadeTokenizerJson.metadata(folder, 300));
    assertTrue(
        string.getMessage().contains("malformed JSON: String value length"), string.getMessage());
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(1L << 30);
    }
    ModelFormatException large =
        assertThrows(ModelFormatException.class, () -> HandMadeTokenizerJson.metadata(folder, 300));
    assertTrue(large.getMessage().contains("1073741824 bytes; at most"), large.getMessage());
  }
}
