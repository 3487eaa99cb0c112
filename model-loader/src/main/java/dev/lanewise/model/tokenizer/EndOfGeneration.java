package dev.lanewise.model.tokenizer;

import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The tokens after which a model has said all it wanted to say.
 *
 * <p>Files name at most a few of them by id, and chat models often end a turn with one they do not
 * name, so they are recognized by their text too.
 */
final class EndOfGeneration {
  private static final List<String> KEYS =
      List.of(
          "tokenizer.ggml.eot_token_id",
          "tokenizer.ggml.eom_token_id",
          "tokenizer.ggml.fim_pad_token_id",
          "tokenizer.ggml.fim_rep_token_id",
          "tokenizer.ggml.fim_sep_token_id");

  private static final Set<String> ENDS_OF_TURN =
      Set.of(
          "<|eot_id|>",
          "<|eom_id|>",
          "<|im_end|>",
          "<|end|>",
          "<|return|>",
          "<|call|>",
          "<|calls|>",
          "<|flush|>",
          "<|endoftext|>",
          "<|end_of_text|>",
          "<end_of_turn>",
          "<end_of_utterance>",
          "<turn|>",
          "<|tool_response>",
          "<EOT>",
          "_<EOT>",
          "[EOT]",
          "[EOS]",
          "<eos>",
          "</s>",
          "<｜end▁of▁sentence｜>",
          "[e~[");

  /**
   * Marks of fill-in-the-middle training that end the piece of code being filled in: padding, next
   * repository, file.
   */
  private static final Set<String> ENDS_OF_FILE =
      Set.of(
          "<|fim_pad|>",
          "<fim-pad>",
          "<fim_pad>",
          "<PAD>",
          "[PAD]",
          "<|fim_repo|>",
          "<|repo_name|>",
          "<fim-repo>",
          "<REPO>",
          "<reponame>",
          "<|file_sep|>");

  private EndOfGeneration() {}

  /** True if a token of this text ends generation in every model known to have it. */
  static boolean isMarkedBy(String text) {
    return ENDS_OF_TURN.contains(text) || ENDS_OF_FILE.contains(text);
  }

  /** The ids of all tokens of a vocabulary that end generation. */
  static BitSet in(Vocabulary vocabulary, OptionalInt eos, TokenIdKeys keys) {
    BitSet ends = new BitSet(vocabulary.size());
    for (int id = 0; id < vocabulary.size(); id++) {
      ends.set(id, isMarkedBy(vocabulary.text(id)));
    }
    eos.ifPresent(ends::set);
    for (String key : KEYS) {
      keys.at(key).ifPresent(ends::set);
    }
    if (endsMessagesButNotTurns(vocabulary)) {
      ends.clear(vocabulary.idOf("<|end|>"));
    }
    // Gemma 4 keeps the old end of sequence as ordinary text.
    if (vocabulary.idOf("<|tool_response>") >= 0 && vocabulary.idOf("</s>") >= 0) {
      ends.clear(vocabulary.idOf("</s>"));
    }
    return ends;
  }

  /**
   * In gpt-oss and Solar, {@code <|end|>} closes one message (say, the reasoning) and the turn goes
   * on.
   */
  private static boolean endsMessagesButNotTurns(Vocabulary vocabulary) {
    boolean returns = vocabulary.idOf("<|return|>") >= 0 || vocabulary.idOf("<|flush|>") >= 0;
    boolean calls = vocabulary.idOf("<|call|>") >= 0 || vocabulary.idOf("<|calls|>") >= 0;
    return returns && calls && vocabulary.idOf("<|end|>") >= 0;
  }
}
