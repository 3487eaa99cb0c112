package dev.lanewise.engine;

import dev.lanewise.model.chat.ChatTemplate;
import dev.lanewise.model.chat.TemplateException;
import dev.lanewise.model.gguf.Metadata;
import dev.lanewise.model.tokenizer.Tokenizer;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Makes prompts of texts and conversations.
 *
 * @param template the model's chat template, if it has one that compiles
 * @param problem why there is none
 */
record Prompts(Tokenizer tokenizer, Optional<ChatTemplate> template, String problem) {
  private static final String TEMPLATE = "tokenizer.chat_template";

  /**
   * A template that does not compile is no reason not to load the model: plain prompts need none.
   */
  static Prompts of(Tokenizer tokenizer, Metadata metadata) {
    try {
      return new Prompts(
          tokenizer,
          metadata.optString(TEMPLATE).map(ChatTemplate::compile),
          "the model has no chat template; send a plain prompt instead");
    } catch (TemplateException e) {
      String problem = "the model's chat template does not compile: " + e.getMessage();
      System.getLogger("dev.lanewise.engine").log(Level.WARNING, metadata.file() + ": " + problem);
      return new Prompts(tokenizer, Optional.empty(), problem);
    }
  }

  int[] encode(String text) {
    return withBos(tokenizer.encode(text, false));
  }

  int[] encode(Map<String, Object> conversation) {
    ChatTemplate chat = template.orElseThrow(() -> new InvalidRequest("messages", problem));
    Map<String, Object> model = new HashMap<>();
    tokenizer.bos().ifPresent(id -> model.put("bos_token", tokenizer.textOf(id)));
    tokenizer.eos().ifPresent(id -> model.put("eos_token", tokenizer.textOf(id)));
    try {
      return withBos(tokenizer.encode(chat.render(conversation, model)));
    } catch (TemplateException e) {
      throw new InvalidRequest("messages", "the chat template refuses them: " + e.getMessage());
    }
  }

  /**
   * Adds the beginning of sequence where the model wants one and the template has not written it
   * already.
   */
  private int[] withBos(int[] tokens) {
    if (!tokenizer.addsBos() || tokenizer.bos().isEmpty()) {
      return tokens;
    }
    int bos = tokenizer.bos().getAsInt();
    if (tokens.length > 0 && tokens[0] == bos) {
      return tokens;
    }
    int[] all = new int[tokens.length + 1];
    all[0] = bos;
    System.arraycopy(tokens, 0, all, 1, tokens.length);
    return all;
  }
}
