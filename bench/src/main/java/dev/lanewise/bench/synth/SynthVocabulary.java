package dev.lanewise.bench.synth;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The vocabulary of a made-up model, a byte-level BPE one: three control tokens, the 256 bytes, and
 * words. The words are all strings of small letters, with and without a space before them, shorter
 * ones first; each merges from the one without its last letter.
 */
final class SynthVocabulary {
  /** What a vocabulary needs at least: the control tokens and the bytes. */
  static final int LEAST = 3 + 256;

  private static final int NORMAL = 1;
  private static final int CONTROL = 3;
  private static final List<String> CONTROLS =
      List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>");

  /** ChatML. */
  private static final String TEMPLATE =
      """
      {%- for message in messages -%}
      {{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}
      {%- endfor -%}
      {%- if add_generation_prompt -%}{{ '<|im_start|>assistant\\n' }}{%- endif -%}
      """
          .strip();

  private SynthVocabulary() {}

  /**
   * Adds the tokenizer's metadata.
   *
   * @param size number of tokens, at least {@link #LEAST}
   */
  static void addTo(Map<String, Object> metadata, int size) {
    List<String> tokens = new ArrayList<>(CONTROLS);
    for (int b = 0; b < 256; b++) {
      tokens.add(String.valueOf(byteCharacter(b)));
    }
    List<String> merges = new ArrayList<>();
    addWords(tokens, merges, size);
    int[] types = new int[size];
    for (int id = 0; id < size; id++) {
      types[id] = id < CONTROLS.size() ? CONTROL : NORMAL;
    }
    metadata.put("tokenizer.ggml.model", "gpt2");
    metadata.put("tokenizer.ggml.pre", "gpt-2");
    metadata.put("tokenizer.ggml.tokens", tokens);
    metadata.put("tokenizer.ggml.token_type", types);
    metadata.put("tokenizer.ggml.merges", merges);
    metadata.put("tokenizer.ggml.bos_token_id", 0L);
    metadata.put("tokenizer.ggml.eos_token_id", 2L);
    metadata.put("tokenizer.ggml.add_bos_token", false);
    metadata.put("tokenizer.chat_template", TEMPLATE);
  }

  /** Breadth first, so that a word's beginning is a token before the word is one. */
  private static void addWords(List<String> tokens, List<String> merges, int size) {
    List<String> beginnings = new ArrayList<>();
    beginnings.add(String.valueOf(byteCharacter(' ')));
    for (char letter = 'a'; letter <= 'z'; letter++) {
      beginnings.add(String.valueOf(letter));
    }
    for (int next = 0; tokens.size() < size; next++) {
      String beginning = beginnings.get(next);
      for (char letter = 'a'; letter <= 'z' && tokens.size() < size; letter++) {
        merges.add(beginning + ' ' + letter);
        tokens.add(beginning + letter);
        beginnings.add(beginning + letter);
      }
    }
  }

  /**
   * What a byte is written as in such vocabularies (GPT-2): printable Latin-1 characters stand for
   * themselves, the other bytes take the characters from U+0100 on, in order.
   */
  private static char byteCharacter(int b) {
    return printable(b) ? (char) b : (char) (256 + unprintableBelow(b));
  }

  private static int unprintableBelow(int b) {
    int count = 0;
    for (int other = 0; other < b; other++) {
      count += printable(other) ? 0 : 1;
    }
    return count;
  }

  private static boolean printable(int b) {
    return (b > ' ' && b < 0x7f) || (b > 0xa0 && b != 0xad);
  }
}
