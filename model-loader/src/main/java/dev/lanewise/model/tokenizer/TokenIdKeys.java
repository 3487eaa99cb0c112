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
    id.ifPresent(present -> check(key, present));
    return id;
  }

  /** The token ids of a list, as {@link #at(String)}; none if the file lacks the key. */
  int[] listAt(String key) {
    int[] ids = metadata.has(key) ? metadata.integers(key) : new int[0];
    for (int id : ids) {
      check(key, id);
    }
    return ids;
  }

  private void check(String key, int id) {
    if (id < 0 || id >= vocabularySize) {
      String problem = "token id " + id + " is outside the vocabulary of " + vocabularySize;
      throw new ModelFormatException(file, -1, key, problem);
    }
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
