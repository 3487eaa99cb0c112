package dev.lanewise.model.tokenizer;

import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.gguf.Metadata;
import java.util.Arrays;

/** Where a space is put before text, which lies at the start or behind a special token. */
enum SpacePrefix {
  NEVER,
  ALWAYS,
  /** Where there is none. */
  UNLESS_SPACE,
  /** At the start, where there is none. */
  FIRST_UNLESS_SPACE;

  private static final String HUB = "tokenizer.hub.space_prefix";
  private static final String GGUF = "tokenizer.ggml.add_space_prefix";

  /** What a file says; {@link #ALWAYS} if it says nothing. */
  static SpacePrefix of(Metadata metadata) {
    if (metadata.has(HUB)) {
      String name = metadata.string(HUB);
      return Arrays.stream(values())
          .filter(prefix -> prefix.name().equals(name))
          .findFirst()
          .orElseThrow(() -> new ModelFormatException(metadata.file(), HUB, name + " is unknown"));
    }
    return metadata.optBool(GGUF).orElse(true) ? ALWAYS : NEVER;
  }

  /**
   * Whether a space is put before the text that starts at a position.
   *
   * @param atStart whether that is the start of the prompt
   */
  boolean before(String text, int from, boolean atStart) {
    return switch (this) {
      case NEVER -> false;
      case ALWAYS -> true;
      case UNLESS_SPACE -> !startsWithSpace(text, from);
      case FIRST_UNLESS_SPACE -> atStart && !startsWithSpace(text, from);
    };
  }

  private static boolean startsWithSpace(String text, int from) {
    return text.charAt(from) == ' ' || text.charAt(from) == SentencePieces.SPACE;
  }
}
