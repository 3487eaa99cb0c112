package dev.lanewise.model.tokenizer;

import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.UnsupportedModel;
import dev.lanewise.model.chat.Span;
import dev.lanewise.model.gguf.Metadata;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Turns text into the token ids of one model and ids back into bytes. Immutable, for any number of
 * threads.
 *
 * <p>Special tokens come first: at each position the longest one that may stand there is taken, and
 * the text between them is tokenized. Control tokens may stand only in text the template wrote;
 * user-defined tokens anywhere.
 *
 * <p>Unpaired surrogates in a text are read as U+FFFD.
 */
public final class Tokenizer {
  private static final String MODEL = "tokenizer.ggml.model";

  private final Vocabulary vocabulary;
  private final Segmentation segmentation;
  private final SpecialTokens specialTokens;
  private final TokenBytes bytes;
  private final BitSet endOfGeneration;
  private final SequenceMarks marks;
  private final Optional<InfillTokens> infill;

  private Tokenizer(
      Vocabulary vocabulary, Segmentation segmentation, SequenceMarks marks, TokenIdKeys keys) {
    this.vocabulary = vocabulary;
    this.segmentation = segmentation;
    this.marks = marks;
    this.specialTokens = new SpecialTokens(vocabulary);
    this.bytes = new TokenBytes(vocabulary, segmentation);
    this.endOfGeneration = EndOfGeneration.in(vocabulary, marks.eos(), keys);
    this.infill = InfillTokens.in(vocabulary, keys);
  }

  /**
   * The tokenizer that a model file describes.
   *
   * @param file the model file, for messages
   * @throws ModelFormatException if a key is missing or contradicts the vocabulary
   * @throws UnsupportedModel if the file asks for an algorithm or a pre-tokenizer that is not known
   */
  public static Tokenizer of(Metadata metadata, Path file) {
    if (!metadata.has(MODEL)) {
      throw new ModelFormatException(
          file, MODEL, "there is no tokenizer; a folder of safetensors needs a tokenizer.json");
    }
    String model = metadata.string(MODEL);
    return switch (model) {
      case "gpt2" -> bytePairs(metadata, file);
      case "llama" -> sentencePieces(metadata, file);
      case "characters" -> characters(metadata, file);
      default -> throw new UnsupportedModel(file, MODEL + " \"" + model + "\"", "gpt2, llama");
    };
  }

  private static Tokenizer bytePairs(Metadata metadata, Path file) {
    PreTokenizerRules rules = BytePairEncoding.rulesOf(metadata, file);
    Vocabulary vocabulary = Vocabulary.read(metadata, file);
    TokenIdKeys keys = new TokenIdKeys(metadata, file, vocabulary.size());
    SequenceMarks marks = SequenceMarks.ofBytePairs(keys, rules.addsBos());
    return new Tokenizer(
        vocabulary, new BytePairEncoding(vocabulary, metadata, rules), marks, keys);
  }

  private static Tokenizer sentencePieces(Metadata metadata, Path file) {
    Vocabulary vocabulary = Vocabulary.read(metadata, file);
    TokenIdKeys keys = new TokenIdKeys(metadata, file, vocabulary.size());
    SequenceMarks marks = SequenceMarks.ofSentencePieces(keys);
    return new Tokenizer(vocabulary, SentencePieces.byScores(vocabulary, keys), marks, keys);
  }

  /** As {@code tokenizer.json} has it, see {@link dev.lanewise.model.hub.HubTokenizer}. */
  private static Tokenizer characters(Metadata metadata, Path file) {
    Vocabulary vocabulary = Vocabulary.read(metadata, file);
    TokenIdKeys keys = new TokenIdKeys(metadata, file, vocabulary.size());
    SequenceMarks marks = SequenceMarks.ofBytePairs(keys, false);
    return new Tokenizer(vocabulary, SentencePieces.byMerges(vocabulary, keys), marks, keys);
  }

  /**
   * Ids of a text that stands alone. Neither a beginning nor an end of sequence is added.
   *
   * @param parseSpecial true if the text of a control token means that token, as in a prompt the
   *     caller vouches for; false if it is just text
   */
  public int[] encode(String text, boolean parseSpecial) {
    return encode(List.of(new Span(text, parseSpecial)));
  }

  /**
   * Ids of a rendered prompt. Neither a beginning nor an end of sequence is added.
   *
   * <p>A control token is found only where the template wrote all of its characters. The rest is
   * tokenized as if it were one string, whoever wrote which part.
   */
  public int[] encode(List<Span> spans) {
    StringBuilder joined = new StringBuilder();
    BitSet conversation = new BitSet();
    for (Span span : spans) {
      int start = joined.length();
      joined.append(span.text());
      conversation.set(start, joined.length(), !span.template());
    }
    return encode(WellFormedText.of(joined.toString()), conversation);
  }

  private int[] encode(String text, BitSet conversation) {
    IdList ids = new IdList();
    PairMerger merger = new PairMerger();
    int fragment = 0;
    int position = 0;
    while (position < text.length()) {
      int special = specialTokens.longestAt(text, position, conversation);
      if (special < 0) {
        position++;
        continue;
      }
      if (position > fragment) {
        segmentation.encode(text, fragment, position, merger, ids);
      }
      ids.add(special);
      position += vocabulary.text(special).length();
      fragment = position;
    }
    if (position > fragment) {
      segmentation.encode(text, fragment, position, merger, ids);
    }
    return ids.toArray();
  }

  /** How many tokens there are; ids are 0 to one less. */
  public int vocabularySize() {
    return vocabulary.size();
  }

  /**
   * The bytes a token adds to generated text: none for control tokens, perhaps part of a character.
   */
  public byte[] bytesOf(int id) {
    return bytes.of(id);
  }

  /**
   * The bytes of a token in text that shows special tokens too: as {@link #bytesOf}, but control
   * and unknown tokens are spelled as in the vocabulary.
   */
  public byte[] pieceOf(int id) {
    return switch (vocabulary.type(id)) {
      case CONTROL, UNKNOWN -> vocabulary.text(id).getBytes(StandardCharsets.UTF_8);
      default -> bytesOf(id);
    };
  }

  /** The bytes of all tokens, for reading without copies. */
  TokenBytes tokenBytes() {
    return bytes;
  }

  /** A token as the vocabulary spells it, for inspection. */
  public String textOf(int id) {
    return vocabulary.text(id);
  }

  /** The control token of a name; empty if there is none. */
  public OptionalInt controlToken(String text) {
    int id = vocabulary.idOf(text);
    return id >= 0 && isControl(id) ? OptionalInt.of(id) : OptionalInt.empty();
  }

  /** True for tokens that steer the model and are no text. */
  public boolean isControl(int id) {
    return vocabulary.type(id) == TokenType.CONTROL;
  }

  /** True if the model ends its answer with this token. */
  public boolean isEndOfGeneration(int id) {
    return endOfGeneration.get(id);
  }

  /** The tokens by which the model ends its answer. */
  public int[] endOfGeneration() {
    return endOfGeneration.stream().toArray();
  }

  /** The marks of a text with a gap, if the model knows them. */
  public Optional<InfillTokens> infillTokens() {
    return infill;
  }

  /** The beginning-of-sequence token. */
  public OptionalInt bos() {
    return marks.bos();
  }

  /** The end-of-sequence token. */
  public OptionalInt eos() {
    return marks.eos();
  }

  /** True if a prompt starts with {@link #bos}. */
  public boolean addsBos() {
    return marks.addsBos();
  }

  /** True if a prompt ends with {@link #eos}. */
  public boolean addsEos() {
    return marks.addsEos();
  }
}
