package dev.lanewise.model;

import java.nio.file.Path;

/**
 * A model file is damaged, hostile or no model file at all. The message is one line that names
 * file, place and field.
 */
public final class ModelFormatException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * A problem at a place in a file.
   *
   * @param offset byte offset of the field, or -1 where it has none
   * @param field the field or metadata key
   */
  public ModelFormatException(Path file, long offset, String field, String problem) {
    super(file + ": " + field + (offset >= 0 ? " at byte " + offset : "") + ": " + problem);
  }

  /** A problem that concerns the file as a whole or a named field. */
  public ModelFormatException(Path file, String field, String problem) {
    this(file, -1, field, problem);
  }
}
