package dev.lanewise.model.chat.jinja;

/**
 * What one template may use; a template that wants more fails. Published templates stay far below
 * all of these.
 */
final class Limits {
  /** Characters of template source. */
  static final int SOURCE = 1 << 20;

  /** Characters of one text, the whole output included. */
  static final int TEXT = 16 << 20;

  /**
   * Units of work of one rendering. An evaluated node, a visited element and eight handled
   * characters cost one each, a value made from a part of another eight; so this bounds the memory
   * as well.
   */
  static final long WORK = 16L << 20;

  /** Statements and expressions inside one another in the source. */
  static final int SYNTAX_DEPTH = 120;

  /** Statements and expressions being executed inside one another, macro calls included. */
  static final int CALL_DEPTH = 400;

  /** Lists and dicts inside one another in a value. */
  static final int VALUE_DEPTH = 150;

  /**
   * Elements and eights of characters a value may hold, everything inside counted as often as it is
   * reached.
   */
  static final long VALUE_WEIGHT = 16L << 20;

  /** Elements of {@code range}, the bound Jinja2's sandbox sets. */
  static final int RANGE = 100_000;

  /** Bits of an integer. */
  static final int INTEGER_BITS = 2048;

  /** Characters of an error message, which may quote the template or the conversation. */
  static final int MESSAGE = 2000;

  private Limits() {}
}
