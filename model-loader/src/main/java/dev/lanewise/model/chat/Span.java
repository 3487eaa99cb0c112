package dev.lanewise.model.chat;

import java.util.Objects;

/**
 * A stretch of prompt text that remembers who wrote it.
 *
 * <p>The tokenizer turns the text of a control token into that token only where the template wrote
 * all of it, so a message that contains {@code <|im_end|>} stays plain text.
 *
 * @param text the characters, possibly none
 * @param template true if the chat template wrote them, false if they come from the conversation
 */
public record Span(String text, boolean template) {
  public Span {
    Objects.requireNonNull(text, "text");
  }
}
