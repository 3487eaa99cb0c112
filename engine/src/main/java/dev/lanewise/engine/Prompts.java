package dev.lanewise.engine;

import dev.lanewise.model.chat.ChatTemplate;
import dev.lanewise.model.chat.Span;
import dev.lanewise.model.chat.TemplateException;
import dev.lanewise.model.gguf.Metadata;
import dev.lanewise.model.tokenizer.InfillTokens;
import dev.lanewise.model.tokenizer.Tokenizer;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Makes prompts of texts and conversations.
 *
 * @param template the model's chat template, if it has one that compiles
 * @param problem why there is none
 */
record Prompts(Tokenizer tokenizer, Optional<ChatTemplate> template, String problem) {
  private static final String TEMPLATE = "tokenizer.chat_template";

  /** Letters of the private use area, which no text has. */
  private static final String END_OF_CONTENT = "\uE0AF\uF1E5\uE2D7";

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

  /** The beginning of a text and its end, in the order in which models are trained to fill gaps. */
  int[] encodeInfill(String prefix, String suffix) {
    InfillTokens marks =
        tokenizer
            .infillTokens()
            .orElseThrow(
                () ->
                    new InvalidRequest(
                        "suffix", "this model was not made to fill gaps: it has no tokens for it"));
    return withBos(
        Stream.of(
                new int[] {marks.prefix()},
                tokenizer.encode(prefix, false),
                new int[] {marks.suffix()},
                tokenizer.encode(suffix, false),
                new int[] {marks.middle()})
            .flatMapToInt(IntStream::of)
            .toArray());
  }

  int[] encode(Map<String, Object> conversation) {
    return withBos(tokenizer.encode(render(conversation)));
  }

  /**
   * A conversation up to the end of its last message's content, without what the template writes
   * behind it.
   */
  int[] encodeUnfinished(Map<String, Object> conversation) {
    List<Map<String, Object>> messages = messages(conversation);
    Map<String, Object> last = new HashMap<>(messages.getLast());
    last.put("content", last.get("content") + END_OF_CONTENT);
    List<Map<String, Object>> marked = new ArrayList<>(messages);
    marked.set(marked.size() - 1, last);
    Map<String, Object> unfinished = new HashMap<>(conversation);
    unfinished.put("messages", marked);
    List<Span> spans = new ArrayList<>();
    for (Span span : render(unfinished)) {
      int end = span.text().indexOf(END_OF_CONTENT);
      if (end >= 0) {
        spans.add(new Span(span.text().substring(0, end), span.template()));
        return withBos(tokenizer.encode(spans));
      }
      spans.add(span);
    }
    throw new InvalidRequest(
        "continue_final_message", "the chat template does not write the last message as it is");
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> messages(Map<String, Object> conversation) {
    return (List<Map<String, Object>>) conversation.get("messages");
  }

  private List<Span> render(Map<String, Object> conversation) {
    ChatTemplate chat = template.orElseThrow(() -> new InvalidRequest("messages", problem));
    Map<String, Object> model = new HashMap<>();
    tokenizer.bos().ifPresent(id -> model.put("bos_token", tokenizer.textOf(id)));
    tokenizer.eos().ifPresent(id -> model.put("eos_token", tokenizer.textOf(id)));
    try {
      return chat.render(conversation, model);
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
