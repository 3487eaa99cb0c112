package dev.lanewise.engine;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.chat.ChatTemplate;
import dev.lanewise.model.chat.TemplateException;
import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.gguf.GgufFile;
import dev.lanewise.model.gguf.Metadata;
import dev.lanewise.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A loaded model that answers requests, one after the other, on a thread of its own. Safe for use
 * by many threads.
 */
public final class Engine implements AutoCloseable {
  private static final int WARM_UP_TOKENS = 64;
  private static final long WARM_UP_LEAST_NANOS = 1_000_000_000L;
  private static final long WARM_UP_MOST_NANOS = 4_000_000_000L;

  private final GgufFile file;
  private final ModelConfig config;
  private final Tokenizer tokenizer;
  private final Optional<ChatTemplate> chatTemplate;
  private final String chatTemplateProblem;
  private final Kernels kernels;
  private final ThreadTeam team;
  private final Transformer transformer;
  private final EngineOptions options;
  private final int context;
  private final KvCache cache;
  private final EngineThread thread;
  private boolean closed;

  private Engine(
      GgufFile file,
      ModelConfig config,
      Tokenizer tokenizer,
      int context,
      EngineOptions options,
      LoadProgress progress) {
    this.file = file;
    this.config = config;
    this.tokenizer = tokenizer;
    this.context = context;
    this.options = options;
    Optional<ChatTemplate> compiled = Optional.empty();
    String problem = "the model has no chat template";
    try {
      compiled = file.metadata().optString("tokenizer.chat_template").map(ChatTemplate::compile);
    } catch (TemplateException invalid) {
      problem = "the model's chat template does not compile: " + invalid.getMessage();
    }
    chatTemplate = compiled;
    chatTemplateProblem = problem;
    kernels = Kernels.best();
    team = new ThreadTeam(options.threads());
    transformer =
        new Transformer(
            file,
            config,
            kernels,
            team,
            context,
            options.activations() == EngineOptions.Activations.INT8,
            progress);
    cache = transformer.newCache(options.kv());
    thread = new EngineThread(transformer, cache, kernels.floats(), tokenizer);
    thread.start();
  }

  /**
   * Loads a model. The file is checked before anything large is allocated.
   *
   * @throws dev.lanewise.model.ModelFormatException if the file is damaged
   * @throws dev.lanewise.model.UnsupportedModel if the model is of a kind that is not computed
   * @throws InvalidRequest if the context asked for is longer than the model's
   * @throws IOException if the file cannot be read
   */
  public static Engine load(Path model, EngineOptions options, LoadProgress progress)
      throws IOException {
    progress.at("reading " + model.getFileName(), 0);
    GgufFile file = GgufFile.open(model);
    try {
      ModelConfig config = Architecture.configOf(file);
      int context = contextOf(config, options.context());
      Tokenizer tokenizer = Tokenizer.of(file.metadata(), model);
      return new Engine(file, config, tokenizer, context, options, progress);
    } catch (RuntimeException | Error failure) {
      file.close();
      throw failure;
    }
  }

  private static int contextOf(ModelConfig config, OptionalInt asked) {
    int context = asked.orElse(Math.min(config.contextLength(), EngineOptions.DEFAULT_CONTEXT));
    if (context < 1 || context > config.contextLength()) {
      throw new InvalidRequest(
          "context",
          "a context of %d tokens; the model was made for 1 to %d"
              .formatted(context, config.contextLength()));
    }
    return context;
  }

  /**
   * Computes made-up tokens until the kernels are compiled: the first use of a vector kernel is
   * interpreted, hundreds of times slower. Takes 1 to 4 seconds. Call it before the first request.
   */
  public void warmUp() {
    int[] tokens = new int[Math.min(WARM_UP_TOKENS, context - 1)];
    long start = System.nanoTime();
    long before = Long.MAX_VALUE;
    boolean steady = false;
    try (KvCache own = transformer.newCache(options.kv())) {
      while (!steady && tokens.length > 0 && System.nanoTime() - start < WARM_UP_MOST_NANOS) {
        long round = System.nanoTime();
        own.truncate(0);
        transformer.prefill(own, tokens, 0, tokens.length, true);
        own.truncate(0);
        for (int token : tokens) {
          transformer.decode(own, token);
        }
        long took = System.nanoTime() - round;
        steady = took > before * 0.95 && System.nanoTime() - start > WARM_UP_LEAST_NANOS;
        before = took;
      }
    }
  }

  /** The shape of the model. */
  public ModelConfig config() {
    return config;
  }

  /** The file the model was loaded from. */
  public Path modelPath() {
    return file.path();
  }

  /** What the file calls the model. */
  public String modelName() {
    return config.name();
  }

  /** The metadata of the file. */
  public Metadata metadata() {
    return file.metadata();
  }

  /** Positions a prompt and its answer may have together. */
  public int contextLength() {
    return context;
  }

  /** Threads that compute. */
  public int threads() {
    return options.threads();
  }

  /** What the kernels run on, for people. */
  public String kernels() {
    return kernels.description();
  }

  /** The tokenizer. */
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /** The forward pass, for measuring; not while requests are running. */
  public Transformer transformer() {
    return transformer;
  }

  /** Whether the model has a chat template. */
  public boolean hasChatTemplate() {
    return chatTemplate.isPresent();
  }

  /**
   * The tokens of a text, after a beginning-of-sequence token if the model wants one. Special
   * tokens are not recognised.
   */
  public int[] encodePrompt(String text) {
    return withBos(tokenizer.encode(text, false));
  }

  /**
   * The tokens of a conversation, through the model's chat template.
   *
   * @param conversation what the template sees: {@code messages}, {@code add_generation_prompt},
   *     ...
   * @throws InvalidRequest if the model has no template, or its template rejects the conversation
   */
  public int[] encodeChat(Map<String, Object> conversation) {
    ChatTemplate template =
        chatTemplate.orElseThrow(() -> new InvalidRequest("messages", chatTemplateProblem));
    Map<String, Object> model = new HashMap<>();
    model.put("bos_token", textOf(tokenizer.bos()));
    model.put("eos_token", textOf(tokenizer.eos()));
    try {
      return withBos(tokenizer.encode(template.render(conversation, model)));
    } catch (TemplateException rejected) {
      throw new InvalidRequest("messages", "the chat template says: " + rejected.getMessage());
    }
  }

  private String textOf(OptionalInt token) {
    return token.isPresent() ? tokenizer.textOf(token.getAsInt()) : "";
  }

  /**
   * Adds the beginning-of-sequence token where the model wants one and the template has not written
   * it.
   */
  private int[] withBos(int[] tokens) {
    if (!tokenizer.addsBos() || tokenizer.bos().isEmpty()) {
      return tokens;
    }
    int bos = tokenizer.bos().getAsInt();
    if (tokens.length > 0 && tokens[0] == bos) {
      return tokens;
    }
    int[] result = new int[tokens.length + 1];
    result[0] = bos;
    System.arraycopy(tokens, 0, result, 1, tokens.length);
    return result;
  }

  /**
   * Accepts a request; returns at once.
   *
   * @throws ContextLengthExceeded if it cannot fit the context
   * @throws InvalidRequest if it is empty or names tokens that do not exist
   * @throws GenerationFailed if the engine is shutting down
   */
  public Generation submit(GenerationRequest request) {
    int length = request.prompt().length;
    if (length == 0) {
      throw new InvalidRequest("prompt", "the prompt is empty");
    }
    for (int token : request.prompt()) {
      if (token < 0 || token >= config.vocabulary()) {
        throw new InvalidRequest(
            "prompt", "token %d is not from 0 to %d".formatted(token, config.vocabulary() - 1));
      }
    }
    int asked = request.maxTokens().orElse(1);
    if (length >= context) {
      throw new ContextLengthExceeded(context, length, 0);
    }
    if ((long) length + asked > context) {
      throw new ContextLengthExceeded(context, length, asked);
    }
    int most = request.maxTokens().orElse(context - length);
    Generation generation = new Generation(request, most, tokenizer);
    thread.submit(generation);
    return generation;
  }

  /** Requests that wait. */
  public int queued() {
    return thread.queued();
  }

  /** Whether a request is being computed. */
  public boolean isRunning() {
    return thread.isRunning();
  }

  /**
   * Accepts nothing more and waits until all accepted requests are done, at most for {@code grace}.
   */
  public void drain(Duration grace) throws InterruptedException {
    thread.drain(grace);
  }

  /** Fails the requests that are left and frees the model; closing again does nothing. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      thread.stop();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return; // the engine thread may still compute: its memory must stay
    }
    cache.close();
    transformer.close();
    team.close();
    file.close();
  }
}
