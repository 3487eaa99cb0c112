package dev.lanewise.model.chat.jinja;

import java.time.Clock;
import java.util.List;
import java.util.Map;

/** A compiled template; immutable, so any number of threads can render it at once. */
public final class Template {
  /** Takes the output piece by piece. */
  @FunctionalInterface
  public interface Output {
    /**
     * @param text never empty
     * @param template whether the template (or the model) wrote it; the next piece differs in this
     */
    void piece(String text, boolean template);
  }

  private final List<Statement> statements;

  private Template(List<Statement> statements) {
    this.statements = statements;
  }

  /**
   * Compiles a template.
   *
   * @throws JinjaException on a syntax error, a tag, filter or test that does not exist, or a
   *     template beyond the limits
   */
  public static Template compile(String source) {
    return new Template(StatementParser.parse(source));
  }

  /**
   * Renders the template.
   *
   * @param conversation names and values whose texts nobody trusts; they win over {@code model}
   * @param model names and values that count as the template's own
   * @param clock what {@code strftime_now} reads
   * @throws JinjaException if the template raises an error, does something impossible or goes
   *     beyond the limits
   */
  public void render(
      Map<String, ?> conversation, Map<String, ?> model, Clock clock, Output output) {
    Run run = new Run(clock);
    Text text;
    try {
      Map<String, Value> names = Globals.all();
      model.forEach((name, value) -> names.put(name, new Conversion(true).value(value)));
      conversation.forEach((name, value) -> names.put(name, new Conversion(false).value(value)));
      text = new Executor(run).render(statements, Scope.outermost(names).inner());
    } catch (Fault fault) {
      throw new JinjaException(fault.getMessage(), run.line());
    }
    for (int begin = 0; begin < text.length(); begin = text.runEnd(begin)) {
      output.piece(text.chars().substring(begin, text.runEnd(begin)), text.isTemplateAt(begin));
    }
  }
}
