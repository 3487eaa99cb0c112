package dev.lanewise.server.hub;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model on a hub, as {@code OWNER/NAME} or {@code OWNER/NAME:FILE}.
 *
 * @param owner the user or organisation
 * @param name the repository
 * @param file the name of a file, or a tag like {@code Q4_0} that the name of one has
 */
public record ModelReference(String owner, String name, Optional<String> file) {
  private static final String SEGMENT = "(\\w[\\w.-]{0,95})";
  private static final Pattern FORM = Pattern.compile(SEGMENT + "/" + SEGMENT + "(?::(.+))?");

  /**
   * Reads a reference; empty if the text has not its form. {@code folder/model.gguf} is taken for a
   * file, so that a path with a mistake in it is not asked of a hub.
   */
  public static Optional<ModelReference> parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      return Optional.empty();
    }
    Optional<String> file = Optional.ofNullable(form.group(3));
    if (file.isEmpty() && form.group(2).toLowerCase(Locale.ROOT).endsWith(".gguf")) {
      return Optional.empty();
    }
    return Optional.of(new ModelReference(form.group(1), form.group(2), file));
  }

  /** {@code OWNER/NAME}. */
  String repository() {
    return owner + "/" + name;
  }

  @Override
  public String toString() {
    return repository() + file.map(":"::concat).orElse("");
  }
}
