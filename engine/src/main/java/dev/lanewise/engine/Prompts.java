package dev.lanewise.engine;

import dev.lanewise.model.chat.ChatTemplate;
import dev.lanewise.model.chat.Span;
import dev.lanewise.model.chat.TemplateException;
import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.gguf.Metadata;
import dev.lanewise.model.tokenizer.InfillTokens;
import dev.lanewise.model.tokenizer.Tokenizer;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Makes prompts of texts and conversations, which takes the metadata of a model and not its
 * weights. Immutable, for any number of threads.
 *
 * @param whole whether an encoder reads a prompt, which ends there; if not, the answer goes on
 * @param template the chat template, if there is one
 * @param problem why there is none
 */
public record Prompts(
    Tokenizer tokenizer, boolean whole, Optional<ChatTemplate> template, String problem) {
  private static final String TEMPLATE = "tokenizer.chat_template";

  /** Letters of the private use area, which no text has. */
  private static final String END_OF_CONTENT = "\uE0AF\uF1E5\uE2D7";

  /**
   * Prompts for the model that the metadata describes. If its template does not compile, there is
   * none: plain prompts work without.
   *
   * @param replacement takes the place of the model's template
   */
  public static Prompts of(
      Tokenizer tokenizer, Metadata metadata, Optional<ChatTemplate> replacement) {
    boolean whole = Architecture.hasEncoder(metadata);
    try {
      return new Prompts(
          tokenizer,
          whole,
          replacement.or(() -> metadata.optString(TEMPLATE).map(ChatTemplate::compile)),
          "the model has no chat template; send a plain prompt instead");
    } catch (TemplateException e) {
      String problem = "the model's chat template does not compile: " + e.getMessage();
      System.getLogger("dev.lanewise.engine").log(Level.WARNING, metadata.file() + ": " + problem);
      return new Prompts(tokenizer, whole, Optional.empty(), problem);
    }
  }

  /**
   * The tokens of a prompt that stands for itself, after the beginning-of-sequence token if the
   * model wants one, and before the end-of-sequence token if the model reads texts as a whole, with
   * an encoder or as {@linkplain Tokenizer#closesPrompts its tokenizer says}. Special tokens are
   * not recognised: their text is just text.
   */
  public int[] encode(String text) {
    return prompt(tokenizer.encode(text, false));
  }

  private int[] prompt(int[] tokens) {
    boolean closes = whole || tokenizer.closesPrompts();
    return closes ? withEos(withBos(tokens)) : withBos(tokens);
  }

  /**
   * The tokens of a text.
   *
   * @param addSpecial whether the tokens that the model wants before and after a text are added
   * @param parseSpecial whether the text of a special token becomes that token
   */
  public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
    int[] tokens = tokenizer.encode(text, parseSpecial);
    return addSpecial ? withEos(withBos(tokens)) : tokens;
  }

  /**
   * The tokens of a text with a gap, which the answer fills: its beginning and its end, in the
   * order in which models are trained.
   *
   * @throws InvalidRequest if the model was not made for that
   */
  public int[] encodeInfill(String prefix, String suffix) {
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

  /**
   * The tokens of a conversation as {@link #render} writes it. Special tokens come from the
   * template only, whatever the messages contain.
   *
   * @throws InvalidRequest if there is no template or it refuses the conversation
   */
  public int[] encode(Map<String, Object> conversation) {
    return prompt(tokenizer.encode(render(conversation)));
  }

  /**
   * The tokens of a conversation as {@link #renderUnfinished} writes it.
   *
   * @throws InvalidRequest as {@link #renderUnfinished}
   */
  public int[] encodeUnfinished(Map<String, Object> conversation) {
    return prompt(tokenizer.encode(renderUnfinished(conversation)));
  }

  /**
   * A conversation up to the end of its last message's content, without what the template writes
   * behind it.
   *
   * @param conversation as for {@link #render}; the last message has a {@code content} string
   * @throws InvalidRequest if there is no template, or it refuses the conversation or changes the
   *     last message; or if an encoder reads the prompt, so that nothing goes on with it
   */
  public List<Span> renderUnfinished(Map<String, Object> conversation) {
    if (whole) {
      throw new InvalidRequest(
          "continue_final_message",
          "is not for an encoder-decoder, which reads messages to their end and then answers");
    }
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
        return spans;
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

  /**
   * The text of a conversation as the chat template writes it.
   *
   * @param conversation what the template sees: {@code messages}, {@code add_generation_prompt},
   *     {@code tools}, as plain strings, numbers, booleans, lists and maps
   * @throws InvalidRequest if there is no template or it refuses the conversation
   */
  public List<Span> render(Map<String, Object> conversation) {
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

  private int[] withEos(int[] tokens) {
    if (!tokenizer.addsEos() || tokenizer.eos().isEmpty()) {
      return tokens;
    }
    int eos = tokenizer.eos().getAsInt();
    if (tokens.length > 0 && tokens[tokens.length - 1] == eos) {
      return tokens;
    }
    int[] all = Arrays.copyOf(tokens, tokens.length + 1);
    all[tokens.length] = eos;
    return all;
  }
}
