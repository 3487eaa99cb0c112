package dev.lanewise.model.chat;

import dev.lanewise.model.chat.jinja.JinjaException;
import dev.lanewise.model.chat.jinja.Template;
import java.time.Clock;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A model's chat template; immutable and safe for use by several threads. */
public final class ChatTemplate {
  private final String source;
  private final Template template;
  private final Clock clock;

  private ChatTemplate(String source, Template template, Clock clock) {
    this.source = source;
    this.template = template;
    this.clock = clock;
  }

  /**
   * Compiles a template in Jinja2's language.
   *
   * @throws TemplateException on a syntax error, and on a tag, filter or test that does not exist
   */
  public static ChatTemplate compile(String source) {
    return compile(source, Clock.system(ZoneId.systemDefault()));
  }

  /** As {@link #compile(String)}, with the clock that {@code strftime_now} reads. */
  public static ChatTemplate compile(String source, Clock clock) {
    try {
      return new ChatTemplate(source, Template.compile(source), clock);
    } catch (JinjaException e) {
      throw new TemplateException(e);
    }
  }

  /** The template as it was written. */
  public String source() {
    return source;
  }

  /**
   * Renders a conversation.
   *
   * @param conversation what the caller sent ({@code messages}, {@code tools}, {@code
   *     add_generation_prompt}, ...) as plain Java values: String, Number, Boolean, null, List,
   *     Map; no character of its strings is ever template text
   * @param model what the model's file defines, such as {@code bos_token} and {@code eos_token};
   *     counts as template text
   * @return the prompt, each span with another writer than the one before
   * @throws TemplateException if the template refuses the conversation, fails, or goes beyond the
   *     limits
   */
  public List<Span> render(Map<String, Object> conversation, Map<String, Object> model) {
    List<Span> spans = new ArrayList<>();
    try {
      template.render(conversation, model, clock, (text, own) -> spans.add(new Span(text, own)));
    } catch (JinjaException e) {
      throw new TemplateException(e);
    }
    return List.copyOf(spans);
  }
}
