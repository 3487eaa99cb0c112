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
import java.util.function.IntPredicate;

/**
 * Turns text into the token ids of one model and ids back into bytes. Immutable, for any number of
 * threads.
 *
 * <p>Special tokens come first: at each position the longest one that may stand there is taken, and
 * the text between them is normalized and tokenized. Control tokens may stand only in text the
 * template wrote; user-defined tokens anywhere.
 *
 * <p>Unpaired surrogates in a text are read as U+FFFD.
 */
public final class Tokenizer {
  private static final String MODEL = "tokenizer.ggml.model";
  private static final String CHAT_TEMPLATE = "tokenizer.chat_template";
  private static final BitSet NOBODY = new BitSet();

  private final Vocabulary vocabulary;
  private final TextNormalizer normalizer;
  private final Segmentation segmentation;
  private final SpecialTokens specialTokens;

  /** Those that are looked for in text that was changed. */
  private final SpecialTokens normalizedTokens;

  private final TokenBytes bytes;
  private final BitSet endOfGeneration;
  private final SequenceMarks marks;
  private final Optional<InfillTokens> infill;

  private Tokenizer(
      Vocabulary vocabulary,
      TextNormalizer normalizer,
      Segmentation segmentation,
      SequenceMarks marks,
      TokenIdKeys keys) {
    this.vocabulary = vocabulary;
    this.normalizer = normalizer;
    this.segmentation = segmentation;
    this.marks = marks;
    AddedTokenFlags flags = AddedTokenFlags.read(keys);
    // Who wrote which character is known only before text is changed.
    IntPredicate later = id -> flags.isNormalized(id) && !vocabulary.type(id).needsTemplate();
    this.specialTokens = new SpecialTokens(vocabulary, flags, later.negate(), text -> text);
    this.normalizedTokens = new SpecialTokens(vocabulary, flags, later, normalizer::apply);
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
      case "t5" -> unigram(metadata, file);
      case "bert" -> wordPieces(metadata, file);
      case "characters" -> characters(metadata, file);
      default ->
          throw new UnsupportedModel(file, MODEL + " \"" + model + "\"", "gpt2, llama, t5, bert");
    };
  }

  private static Tokenizer bytePairs(Metadata metadata, Path file) {
    PreTokenizerRules rules = BytePairEncoding.rulesOf(metadata, file);
    Vocabulary vocabulary = Vocabulary.read(metadata, file);
    TokenIdKeys keys = new TokenIdKeys(metadata, file, vocabulary.size());
    SequenceMarks marks = SequenceMarks.ofBytePairs(keys, rules.addsBos());
    Segmentation segmentation = new BytePairEncoding(vocabulary, metadata, rules);
    TextNormalizer normalizer = TextNormalizer.ofSteps(metadata);
    return new Tokenizer(vocabulary, normalizer, segmentation, marks, keys);
  }

  private static Tokenizer sentencePieces(Metadata metadata, Path file) {
    Vocabulary vocabulary = Vocabulary.read(metadata, file);
    TokenIdKeys keys = new TokenIdKeys(metadata, file, vocabulary.size());
    SequenceMarks marks = SequenceMarks.ofSentencePieces(keys);
    Segmentation segmentation = SentencePieces.byScores(vocabulary, keys);
    return new Tokenizer(vocabulary, TextNormalizer.NONE, segmentation, marks, keys);
  }

  private static Tokenizer unigram(Metadata metadata, Path file) {
    Vocabulary read = Vocabulary.read(metadata, file);
    // In a model that chats they may be marks of its turns, which nobody else writes.
    Vocabulary vocabulary = metadata.has(CHAT_TEMPLATE) ? read : read.withSentinels();
    TokenIdKeys keys = new TokenIdKeys(metadata, file, vocabulary.size());
    SequenceMarks marks = SequenceMarks.ofUnigram(keys);
    TextNormalizer normalizer =
        TextNormalizer.hasSteps(metadata)
            ? TextNormalizer.ofSteps(metadata)
            : TextNormalizer.ofSentencePiece(metadata);
    return new Tokenizer(vocabulary, normalizer, new Unigram(vocabulary, keys), marks, keys);
  }

  private static Tokenizer wordPieces(Metadata metadata, Path file) {
    Vocabulary vocabulary = Vocabulary.read(metadata, file);
    TokenIdKeys keys = new TokenIdKeys(metadata, file, vocabulary.size());
    SequenceMarks marks = SequenceMarks.ofWordPieces(keys);
    TextNormalizer normalizer =
        TextNormalizer.hasSteps(metadata)
            ? TextNormalizer.ofSteps(metadata)
            : TextNormalizer.ofBert(metadata);
    return new Tokenizer(vocabulary, normalizer, new WordPieces(vocabulary, keys), marks, keys);
  }

  /** As {@code tokenizer.json} has it, see {@link dev.lanewise.model.hub.HubTokenizer}. */
  private static Tokenizer characters(Metadata metadata, Path file) {
    Vocabulary vocabulary = Vocabulary.read(metadata, file);
    TokenIdKeys keys = new TokenIdKeys(metadata, file, vocabulary.size());
    SequenceMarks marks = SequenceMarks.ofBytePairs(keys, false);
    Segmentation segmentation = SentencePieces.byMerges(vocabulary, keys);
    return new Tokenizer(vocabulary, TextNormalizer.NONE, segmentation, marks, keys);
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
    specialTokens.split(
        text,
        conversation,
        new SpecialTokens.Parts() {
          @Override
          public void text(int from, int to) {
            encodeText(text.substring(from, to), from == 0, merger, ids);
          }

          @Override
          public void token(int id) {
            ids.add(id);
          }
        });
    return ids.toArray();
  }

  private void encodeText(String text, boolean atStart, PairMerger merger, IdList ids) {
    String normalized = normalizer.apply(text);
    normalizedTokens.split(
        normalized,
        NOBODY,
        new SpecialTokens.Parts() {
          @Override
          public void text(int from, int to) {
            segmentation.encode(normalized, from, to, atStart && from == 0, merger, ids);
          }

          @Override
          public void token(int id) {
            ids.add(id);
          }
        });
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

  /** True if a text, and a prompt too, starts with {@link #bos}. */
  public boolean addsBos() {
    return marks.addsBos();
  }

  /** True if a text ends with {@link #eos}, see {@link #closesPrompts}. */
  public boolean addsEos() {
    return marks.addsEos();
  }

  /**
   * True if a prompt ends with {@link #eos} too, because the model reads it as a whole: an encoder,
   * or one with a decoder of its own for the answer. A decoder's prompt stays open for the answer,
   * whatever {@link #addsEos} says.
   */
  public boolean closesPrompts() {
    return marks.closesPrompts();
  }

  /** True if the first space of an answer may be one that is not part of it. */
  boolean addsSpace() {
    return segmentation.addsSpace();
  }
}
