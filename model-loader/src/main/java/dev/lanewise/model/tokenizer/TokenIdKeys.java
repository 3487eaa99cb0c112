package dev.lanewise.model.tokenizer;

import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.gguf.Metadata;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * The metadata entries that name tokens by id.
 *
 * @param file the model file, for messages
 * @param vocabularySize ids are 0 to one less
 */
record TokenIdKeys(Metadata metadata, Path file, int vocabularySize) {
  /**
   * The token id that a metadata key names, if the file has the key.
   *
   * @throws ModelFormatException if it is outside the vocabulary
   */
  OptionalInt at(String key) {
    OptionalInt id = metadata.optInteger(key);
    if (id.isPresent() && (id.getAsInt() < 0 || id.getAsInt() >= vocabularySize)) {
      String problem =
          "token id " + id.getAsInt() + " is outside the vocabulary of " + vocabularySize;
      throw new ModelFormatException(file, -1, key, problem);
    }
    return id;
  }

  /** As {@link #at(String)}, with a default that counts only if the vocabulary has it. */
  OptionalInt at(String key, int byDefault) {
    OptionalInt id = at(key);
    return id.isEmpty() && byDefault < vocabularySize ? OptionalInt.of(byDefault) : id;
  }

  /**
   * Whether prompts get a token added.
   *
   * @param flagKey the metadata key that says so
   * @param idKey the metadata key that names the token
   * @param byDefault the answer where the file does not say and the token is known
   * @throws ModelFormatException if the file says so, but there is no such token
   */
  boolean adds(String flagKey, String idKey, OptionalInt id, boolean byDefault) {
    boolean adds = metadata.optBool(flagKey).orElse(byDefault && id.isPresent());
    if (adds && id.isEmpty()) {
      throw new ModelFormatException(file, -1, flagKey, "is true, but there is no " + idKey);
    }
    return adds;
  }
}
