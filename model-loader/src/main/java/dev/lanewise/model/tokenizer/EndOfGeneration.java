package dev.lanewise.model.tokenizer;

import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;

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

  /** What generation_config.json names, see HubTokenizer. */
  private static final String HUB_ENDS = "tokenizer.hub.end_token_ids";

  /** Texts of tokens that end generation in every model known to have them. */
  static final List<String> TEXTS =
      List.of(
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
          "[e~[",
          // What follows a piece of code that is filled in: padding, the next repository, the next
          // file.
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

  /** The ids of all tokens of a vocabulary that end generation. */
  static BitSet in(Vocabulary vocabulary, OptionalInt eos, TokenIdKeys keys) {
    BitSet ends = new BitSet(vocabulary.size());
    for (String text : TEXTS) {
      int id = vocabulary.idOf(text);
      if (id >= 0) {
        ends.set(id);
      }
    }
    eos.ifPresent(ends::set);
    for (String key : KEYS) {
      keys.at(key).ifPresent(ends::set);
    }
    for (int id : keys.listAt(HUB_ENDS)) {
      ends.set(id);
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
