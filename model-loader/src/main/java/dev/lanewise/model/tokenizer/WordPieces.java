package dev.lanewise.model.tokenizer;

import dev.lanewise.model.ModelFormatException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * WordPiece as BERT has it: text is cut into words and punctuation marks, and a word into the
 * longest piece that it starts with, the longest that the rest starts with, and so on (Devlin et
 * al. 2018; Wu et al. 2016).
 *
 * <p>A word becomes the unknown token if that leads nowhere, or if it is too long.
 */
final class WordPieces implements Segmentation {
  private static final String UNKNOWN = "tokenizer.ggml.unknown_token_id";
  private static final String CONTINUATION = "tokenizer.hub.continuing_subword_prefix";
  private static final String MAX_WORD = "tokenizer.hub.max_input_chars_per_word";

  /** Before the pieces that begin a word. */
  private final String beginning;

  /** Before the others; one of the two is empty. */
  private final String continuation;

  private final PieceTrie beginnings = new PieceTrie();
  private final PieceTrie continuations = new PieceTrie();
  private final int unknown;
  private final int maxWord;

  /** Throws {@link ModelFormatException} if there is no unknown token. */
  WordPieces(Vocabulary vocabulary, TokenIdKeys keys) {
    this.continuation = keys.metadata().optString(CONTINUATION).orElse("");
    this.beginning = continuation.isEmpty() ? String.valueOf(SentencePieces.SPACE) : "";
    this.maxWord = keys.metadata().optInteger(MAX_WORD).orElse(100);
    this.unknown =
        keys.at(UNKNOWN, 100)
            .orElseThrow(() -> new ModelFormatException(keys.file(), UNKNOWN, "missing"));
    for (int id = 0; id < vocabulary.size(); id++) {
      String text = vocabulary.text(id);
      if (!vocabulary.isPiece(id)) {
        continue;
      }
      if (isBeginning(text)) {
        beginnings.add(text.substring(beginning.length()), id);
      } else {
        continuations.add(text.substring(continuation.length()), id);
      }
    }
  }

  private boolean isBeginning(String token) {
    return continuation.isEmpty() ? token.startsWith(beginning) : !token.startsWith(continuation);
  }

  @Override
  public void encode(
      String text, int from, int to, boolean atStart, PairMerger merger, IdList ids) {
    int start = from;
    for (int i = from; i < to; ) {
      int codePoint = text.codePointAt(i);
      int next = i + Character.charCount(codePoint);
      boolean isSpace = CharacterKinds.isSpace(codePoint);
      if (isSpace || CharacterKinds.isPunctuation(codePoint)) {
        encodeWord(text, start, i, ids);
        encodeWord(text, i, isSpace ? i : next, ids);
        start = next;
      }
      i = next;
    }
    encodeWord(text, start, to, ids);
  }

  private void encodeWord(String text, int from, int to, IdList ids) {
    if (from == to) {
      return;
    }
    if (text.codePointCount(from, to) > maxWord) {
      ids.add(unknown);
      return;
    }
    IdList word = new IdList();
    for (int start = from; start < to; ) {
      PieceTrie pieces = start == from ? beginnings : continuations;
      int longest = -1;
      int end = start;
      int node = PieceTrie.ROOT;
      for (int i = start; i < to; ) {
        node = pieces.next(node, text.charAt(i++));
        if (node < 0) {
          break;
        }
        if (pieces.id(node) >= 0) {
          longest = pieces.id(node);
          end = i;
        }
      }
      if (longest < 0) {
        ids.add(unknown);
        return;
      }
      word.add(longest);
      start = end;
    }
    for (int i = 0; i < word.size(); i++) {
      ids.add(word.get(i));
    }
  }

  @Override
  public void spell(String token, ByteArrayOutputStream bytes) {
    String text =
        isBeginning(token)
            ? " " + token.substring(beginning.length())
            : token.substring(continuation.length());
    bytes.writeBytes(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public boolean addsSpace() {
    return true;
  }
}
