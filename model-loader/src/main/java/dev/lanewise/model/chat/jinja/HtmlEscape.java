package dev.lanewise.model.chat.jinja;

/** The escaping of HTML, as {@code escape} does it. */
final class HtmlEscape {
  private HtmlEscape() {}

  /** Markup as it is, any other text escaped. */
  static Text escaped(Text text) {
    return text.isMarkup() ? text : forced(text);
  }

  /** The text escaped, markup or not. */
  static Text forced(Text text) {
    return text.mapRuns(
            run ->
                run.replace("&", "&amp;")
                    .replace("<", "&lt;")
                    .replace(">", "&gt;")
                    .replace("'", "&#39;")
                    .replace("\"", "&#34;"))
        .asMarkup(true);
  }
}
