package dev.lanewise.model.tokenizer;

import dev.lanewise.model.UnsupportedModel;
import dev.lanewise.model.gguf.Metadata;
import java.io.ByteArrayOutputStream;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Byte-level BPE: text is cut into pieces, each piece starts as its UTF-8 bytes, and the pairs
 * merge in the order of the merge list (Sennrich et al. 2016; GPT-2).
 *
 * <p>A byte without a token is left out, as the model has no way to read it.
 */
final class BytePairEncoding implements Segmentation {
  private static final System.Logger LOG = System.getLogger(BytePairEncoding.class.getName());
  private static final String PRE = "tokenizer.ggml.pre";
  private static final String DEFAULT_PRE = "gpt-2";

  // Of models that are published with tokenizer.json; see HubTokenizer.
  private static final String SPLITS = "tokenizer.hub.splits";
  private static final String IGNORE_MERGES = "tokenizer.hub.ignore_merges";

  private final Vocabulary vocabulary;
  private final PreTokenizer preTokenizer;
  private final boolean ignoreMerges;
  private final MergeTable merges;
  private final int[] byteIds = new int[256];

  /** Reads the merge list, see {@link MergeTable#read}. */
  BytePairEncoding(Vocabulary vocabulary, Metadata metadata, PreTokenizerRules rules) {
    this.vocabulary = vocabulary;
    this.preTokenizer = new PreTokenizer(rules.regexes());
    this.ignoreMerges = rules.ignoreMerges();
    for (int b = 0; b < byteIds.length; b++) {
      byteIds[b] = vocabulary.plainIdOf(String.valueOf(ByteAlphabet.charOf(b)));
    }
    this.merges = MergeTable.read(vocabulary, metadata);
  }

  /**
   * The rules that a file asks for.
   *
   * @throws UnsupportedModel if the file names a pre-tokenizer that is not in the table
   */
  static PreTokenizerRules rulesOf(Metadata metadata, Path file) {
    if (metadata.has(SPLITS)) {
      List<String> splits = metadata.strings(SPLITS);
      boolean ignoreMerges = metadata.optBool(IGNORE_MERGES).orElse(false);
      return PreTokenizerRules.of(splits, ignoreMerges)
          .orElseThrow(
              () ->
                  new UnsupportedModel(
                      file,
                      "pre_tokenizer of tokenizer.json that cuts text by " + splits,
                      "those of " + String.join(", ", PreTokenizerRules.names())));
    }
    Optional<String> name = metadata.optString(PRE);
    if (name.isEmpty()) {
      LOG.log(
          Level.WARNING,
          "{0}: no {1}, so text is split as for {2}; convert the model again if its answers are"
              + " poor",
          file,
          PRE,
          DEFAULT_PRE);
    }
    String wanted = name.orElse(DEFAULT_PRE);
    return PreTokenizerRules.named(wanted)
        .orElseThrow(
            () ->
                new UnsupportedModel(
                    file,
                    PRE + " \"" + wanted + "\"",
                    String.join(", ", PreTokenizerRules.names())));
  }

  @Override
  public void encode(
      String text, int from, int to, boolean atStart, PairMerger merger, IdList ids) {
    IdList ends = preTokenizer.split(text, from, to);
    int start = from;
    for (int piece = 0; piece < ends.size(); piece++) {
      int end = ends.get(piece);
      encodePiece(text, start, end, merger, ids);
      start = end;
    }
  }

  private void encodePiece(String text, int from, int to, PairMerger merger, IdList ids) {
    if (ignoreMerges) {
      int whole = vocabulary.plainIdOf(inByteAlphabet(text, from, to));
      if (whole >= 0) {
        ids.add(whole);
        return;
      }
    }
    merger.clear();
    for (int i = from; i < to; ) {
      int codePoint = text.codePointAt(i);
      i += Character.charCount(codePoint);
      addBytes(codePoint, merger);
    }
    merger.mergeAll(merger.count(), this::mergeOf);
    for (int symbol = 0; symbol < merger.count(); symbol++) {
      if (merger.id(symbol) >= 0) {
        ids.add(merger.id(symbol));
      }
    }
  }

  private static String inByteAlphabet(String text, int from, int to) {
    byte[] bytes = text.substring(from, to).getBytes(StandardCharsets.UTF_8);
    char[] characters = new char[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      characters[i] = ByteAlphabet.charOf(bytes[i] & 0xFF);
    }
    return new String(characters);
  }

  /** Adds the UTF-8 bytes of a character as symbols. */
  private void addBytes(int codePoint, PairMerger merger) {
    if (codePoint < 0x80) {
      addByte(codePoint, merger);
    } else if (codePoint < 0x800) {
      addByte(0xC0 | codePoint >> 6, merger);
      addByte(continuation(codePoint), merger);
    } else if (codePoint < 0x10000) {
      addByte(0xE0 | codePoint >> 12, merger);
      addByte(continuation(codePoint >> 6), merger);
      addByte(continuation(codePoint), merger);
    } else {
      addByte(0xF0 | codePoint >> 18, merger);
      addByte(continuation(codePoint >> 12), merger);
      addByte(continuation(codePoint >> 6), merger);
      addByte(continuation(codePoint), merger);
    }
  }

  private static int continuation(int bits) {
    return 0x80 | (bits & 0x3F);
  }

  private void addByte(int b, PairMerger merger) {
    merger.add(byteIds[b], merger.count());
  }

  private long mergeOf(int left, int right, int start, int end) {
    return left < 0 || right < 0 ? PairRule.NONE : merges.find(left, right);
  }

  @Override
  public void spell(String token, ByteArrayOutputStream bytes) {
    for (int i = 0; i < token.length(); ) {
      int codePoint = token.codePointAt(i);
      i += Character.charCount(codePoint);
      int b = ByteAlphabet.byteOf(codePoint);
      if (b >= 0) {
        bytes.write(b);
      } else {
        // Not of the alphabet: a file with a mistake. The character itself is the best guess.
        bytes.writeBytes(Character.toString(codePoint).getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  @Override
  public boolean addsSpace() {
    return false;
  }
}
