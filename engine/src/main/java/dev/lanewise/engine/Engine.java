package dev.lanewise.engine;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.cache.KvPool;
import dev.lanewise.engine.cache.KvShape;
import dev.lanewise.engine.grammar.Constraint;
import dev.lanewise.engine.grammar.Constraints;
import dev.lanewise.engine.grammar.Grammar;
import dev.lanewise.engine.grammar.GrammarError;
import dev.lanewise.engine.sample.LogprobReader;
import dev.lanewise.engine.sample.Sampler;
import dev.lanewise.engine.sample.Sampling;
import dev.lanewise.engine.schedule.SchedulePolicy;
import dev.lanewise.engine.sparse.ModelSparsity;
import dev.lanewise.engine.sparse.Sparsity;
import dev.lanewise.engine.sparse.SparsityChoice;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.engine.transformer.WeightOptions;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.StoredModel;
import dev.lanewise.model.chat.ChatTemplate;
import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.gguf.Metadata;
import dev.lanewise.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A loaded model that answers requests, many at a time.
 *
 * <p>Any thread may call any method. One thread of the engine computes, together with the team it
 * shares each operation with; it never waits for a reader.
 */
public final class Engine implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger("dev.lanewise.engine");

  /** What a chunk of a prompt may take while nothing else is computed. */
  private static final long MOST_CHUNK_NANOS = 500_000_000L;

  private final StoredModel file;
  private final ModelConfig config;
  private final EngineOptions options;
  private final ModelSparsity sparsity;
  private final Prompts prompts;
  private final Kernels kernels;
  private final ThreadTeam team;
  private final int context;
  private final Tokenizer tokenizer;
  private final Sampling sampling;
  private final Transformer transformer;
  private final Sampler sampler;
  private final LogprobReader logprobs;
  private final Constraints constraints;
  private final RequestLimits limits;
  private final KvPool pool;
  private final EngineThread thread;
  private final Scheduler scheduler;
  private final AtomicBoolean closed = new AtomicBoolean();

  private Engine(
      StoredModel file,
      ModelConfig config,
      Tokenizer tokenizer,
      int context,
      EngineOptions options,
      LoadProgress progress)
      throws IOException {
    this.file = file;
    this.config = config;
    this.context = context;
    this.tokenizer = tokenizer;
    this.options = options;
    this.sparsity = options.sparsity().forSequencesOf(file.path(), config);
    this.sampling =
        options.modelSampling() ? Sampling.recommendedBy(file.metadata()) : Sampling.defaults();
    this.prompts = Prompts.of(tokenizer, file.metadata(), options.chatTemplate());
    this.kernels = Kernels.best();
    this.team = new ThreadTeam(options.threads());
    boolean int8 = options.activations() == EngineOptions.Activations.INT8;
    Transformer loaded = null;
    Batching batching = options.batching();
    int blocks;
    try {
      loaded =
          new Transformer(
              file,
              config,
              kernels,
              team,
              context,
              int8,
              new WeightOptions(options.weights(), options.packCache()),
              progress);
      prepareSkipping(loaded, progress);
      blocks =
          KvMemory.ofProcess(loaded.weightSizes().bytes() + loaded.skippingBytes())
              .blocks(config, options.kvCache(), context, batching.kvMemory());
    } catch (IOException | RuntimeException | Error failure) {
      if (loaded != null) {
        loaded.close();
      }
      team.close();
      throw failure;
    }
    transformer = loaded;
    int vocabulary = Math.min(config.vocabulary(), tokenizer.vocabularySize());
    sampler = new Sampler(kernels.floats(), vocabulary);
    logprobs = new LogprobReader(kernels.floats(), vocabulary);
    constraints = new Constraints(tokenizer);
    limits = new RequestLimits(config, tokenizer, context);
    pool = new KvPool(KvShape.of(config, options.kvCache()), blocks);
    thread = new EngineThread(batching.parallel() + batching.queue());
    SchedulePolicy policy =
        new SchedulePolicy(
            batching.parallel(),
            transformer.mostColumns(),
            batching.prefillShare(),
            MOST_CHUNK_NANOS);
    scheduler = new Scheduler(transformer, pool, context, policy, thread::ended);
    thread.start(scheduler);
  }

  private static void checkSparsity(ModelConfig config, EngineOptions options) {
    boolean continuesTexts = config.generates() && !config.hasEncoder();
    if (!continuesTexts && !options.sparsity().equals(SparsityChoice.OFF)) {
      throw new InvalidRequest(
          "sparsity",
          "is for models that continue texts, not for %s (%s); leave it off"
              .formatted(
                  config.generates() ? "an encoder-decoder" : "an encoder", config.architecture()));
    }
  }

  private void prepareSkipping(Transformer loaded, LoadProgress progress) {
    boolean chosen = !options.sparsity().equals(SparsityChoice.OFF);
    if (!chosen && !config.feedForward().makesZeros()) {
      return;
    }
    Sparsity left = sparsity.get();
    progress.at("measuring what is worth skipping", 0);
    loaded.prepareSkipping(left);
    if (sparsity.leftOut() > 0 && !loaded.isWorthSkipping(left, sparsity.leftOut())) {
      LOG.log(
          Level.WARNING,
          "--sparsity {0}: on this machine whole products are as fast as products that leave"
              + " inputs out, so it costs quality and saves nothing; see docs/sparsity.md",
          options.sparsity());
    }
  }

  /**
   * Loads a model. Files are checked before anything large is allocated.
   *
   * @throws IOException if a file cannot be read
   * @throws dev.lanewise.model.ModelFormatException if one is damaged, or thresholds are for
   *     another model
   * @throws dev.lanewise.model.UnsupportedModel if it is of a kind that this version does not
   *     compute
   * @throws InvalidRequest if the context asked for is longer than the model's, or its weights do
   *     not fit the blocks of the format asked for, or the memory is too little for it, or no
   *     thresholds are for as much sparsity
   */
  public static Engine load(Path model, EngineOptions options, LoadProgress progress)
      throws IOException {
    progress.at("reading " + model.getFileName(), 0);
    StoredModel file = StoredModel.open(model);
    try {
      ModelConfig config = Architecture.configOf(file);
      checkSparsity(config, options);
      int context = contextOf(config, options);
      long weights = Transformer.packedBytes(file, config, Kernels.best(), options.weights());
      KvMemory.ofProcess(weights)
          .checkLimit(config, options.kvCache(), context, options.batching().kvMemory());
      Tokenizer tokenizer = Tokenizer.of(file.metadata(), model);
      return new Engine(file, config, tokenizer, context, options, progress);
    } catch (IOException | RuntimeException | Error failure) {
      file.close();
      throw failure;
    }
  }

  private static int contextOf(ModelConfig config, EngineOptions options) {
    int most = config.contextLength();
    int usual =
        config.generates() ? EngineOptions.DEFAULT_CONTEXT : EngineOptions.DEFAULT_ENCODER_CONTEXT;
    int context = options.context().orElse(Math.min(most, usual));
    if (context > most) {
      throw new InvalidRequest(
          "context", context + " tokens asked for, but the model was made for at most " + most);
    }
    return context;
  }

  /**
   * Compiles the kernels by computing made-up tokens, which takes 1.5 to 8 seconds. Without it the
   * first request is slow for as long. Waits its turn behind requests.
   */
  public void warmUp() {
    thread.call(
        () -> {
          new WarmUp(transformer, options.kvCache(), sampler, sparsity).run();
          scheduler.measure();
        });
  }

  /** The shape of the model. */
  public ModelConfig config() {
    return config;
  }

  /**
   * Nothing, if the model generates.
   *
   * @throws InvalidRequest if it does not; says what it is for
   */
  public void checkGenerates() {
    if (!config.generates()) {
      throw new InvalidRequest(
          "model",
          "%s is an encoder (%s): it makes embeddings (POST /v1/embeddings), and generates nothing"
              .formatted(modelName(), config.architecture()));
    }
  }

  /** What the file calls the model. */
  public String modelName() {
    return config.name();
  }

  /** The file the model was loaded from. */
  public Path modelPath() {
    return file.path();
  }

  /** The metadata of the file. */
  public Metadata metadata() {
    return file.metadata();
  }

  /**
   * Most tokens of a prompt and its answer together; of an encoder-decoder, of a prompt, and of an
   * answer with the token that the decoder begins with.
   */
  public int contextLength() {
    return context;
  }

  /** Tokens that the KV cache holds of requests that fill the context. */
  public long kvTokens() {
    return (long) pool.capacity() * context / pool.shape().blocksOfSequence(context);
  }

  /** Threads that compute. */
  public int threads() {
    return options.threads();
  }

  /** What is left out of answers that do not ask for anything else. */
  public SparsityChoice sparsity() {
    return options.sparsity();
  }

  /** What the kernels run on, for people. */
  public String kernels() {
    return kernels.description();
  }

  /** The model's tokenizer. */
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /** How tokens are chosen where a request does not say it. */
  public Sampling sampling() {
    return sampling;
  }

  /** What makes prompts for the model. */
  public Prompts prompts() {
    return prompts;
  }

  /** The chat template in use, if there is one: the model's, if that compiles, or another. */
  public Optional<ChatTemplate> chatTemplate() {
    return prompts.template();
  }

  /** Whether {@link #encodeChat} can work. */
  public boolean hasChatTemplate() {
    return chatTemplate().isPresent();
  }

  /**
   * The forward pass, for measuring; not while requests are running.
   *
   * @throws InvalidRequest if the model does not continue texts
   */
  public Transformer transformer() {
    checkGenerates();
    if (config.hasEncoder()) {
      throw new InvalidRequest(
          "model",
          "%s is an encoder-decoder (%s): it answers texts and does not continue them, which is what is measured here; `lanewise load` measures a server that has it"
              .formatted(modelName(), config.architecture()));
    }
    return transformer;
  }

  /**
   * As {@link #transformer}, and that of an encoder too, which reads texts and continues none.
   *
   * @throws InvalidRequest if the model is an encoder with a decoder
   */
  public Transformer readingTransformer() {
    return config.generates() ? transformer() : transformer;
  }

  /**
   * The tokens of a prompt that stands for itself, after the beginning-of-sequence token if the
   * model wants one. Special tokens are not recognised: their text is just text.
   */
  public int[] encodePrompt(String text) {
    return prompts.encode(text);
  }

  /**
   * The tokens of a conversation, as the model's chat template renders it. Special tokens come from
   * the template only, whatever the messages contain.
   *
   * @param conversation what the template sees: {@code messages}, {@code add_generation_prompt},
   *     {@code tools}, as plain strings, numbers, booleans, lists and maps
   * @throws InvalidRequest if the model has no template or it refuses the conversation
   */
  public int[] encodeChat(Map<String, Object> conversation) {
    return prompts.encode(conversation);
  }

  /**
   * What an answer must be by a grammar, for {@link AnswerConstraint}. The last few are kept.
   *
   * @throws GrammarError if no text matches the grammar, a rule may begin with itself, or it
   *     exceeds the limits
   */
  public Constraint constraint(Grammar grammar) {
    return constraints.of(grammar);
  }

  /** As {@link #submit(List)}, for one request. */
  public Generation submit(GenerationRequest request) {
    return submit(List.of(request)).getFirst();
  }

  /**
   * Queues requests, all or none, and returns at once. Those that have the same prompt, as the same
   * array, share what is computed for it, but for what an encoder computes.
   *
   * @throws InvalidRequest if the model does not generate, a prompt, a bias or a stop token is none
   *     of its tokens, the sparsity cannot be had, or there are more requests than are ever
   *     accepted
   * @throws ContextLengthExceeded if a prompt and its answer cannot fit the context
   * @throws GenerationFailed if the engine is shutting down
   * @throws QueueFull if as many requests as it accepts are running or waiting
   */
  public List<Generation> submit(List<GenerationRequest> requests) {
    checkGenerates();
    int most = options.batching().parallel() + options.batching().queue();
    if (requests.size() > most) {
      throw new InvalidRequest(
          "n", requests.size() + " answers asked for, but this server accepts at most " + most);
    }
    List<Sequence> sequences = new ArrayList<>();
    IdentityHashMap<int[], Sequence> leaders = new IdentityHashMap<>();
    for (GenerationRequest request : requests) {
      Optional<Sequence> leader = Optional.ofNullable(leaders.get(request.prompt()));
      Sequence sequence = sequence(request, leader, Optional.empty());
      if (!config.hasEncoder()) {
        leaders.putIfAbsent(request.prompt(), sequence);
      }
      sequences.add(sequence);
    }
    thread.submit(sequences);
    return sequences.stream().map(Sequence::generation).toList();
  }

  /**
   * Waits until there is more room than when a request was refused; it may be refused again, by
   * others who were faster or because it needs more. Returns at once if the engine is shutting
   * down.
   */
  public void awaitRoom(QueueFull refusal) throws InterruptedException {
    thread.awaitFewer(refusal.accepted());
  }

  /** How the model's file says that texts become vectors. */
  public Pooling pooling() {
    return Pooling.of(file.metadata(), config.architecture());
  }

  /**
   * Queues a text that is to become a vector, and returns at once. It is computed as prompts are,
   * beside what is generated.
   *
   * @param tokens not copied, so do not change them afterwards
   * @param timeout how long it may take, waiting included; empty for as long as it takes
   * @throws InvalidRequest if there are no tokens, or one is none of the model's
   * @throws ContextLengthExceeded if they do not fit the context
   * @throws GenerationFailed if the engine is shutting down
   * @throws QueueFull if as many requests as it accepts are running or waiting
   */
  public Embedding embed(int[] tokens, Pooling pooling, Optional<Duration> timeout) {
    PooledStates states = new PooledStates(pooling, config.hidden());
    GenerationRequest request =
        new GenerationRequest(
            tokens,
            OptionalInt.of(0),
            Sampling.greedy(),
            Ending.OF_MODEL,
            Optional.empty(),
            AnswerDetails.NONE,
            AnswerSparsity.DENSE,
            0,
            timeout,
            "");
    Sequence sequence = sequence(request, Optional.empty(), Optional.of(states));
    thread.submit(List.of(sequence));
    return new Embedding(sequence.generation(), states);
  }

  private Sequence sequence(
      GenerationRequest request, Optional<Sequence> leader, Optional<PooledStates> pooled) {
    int limit = limits.check(request);
    TokenChooser chooser =
        new TokenChooser(request, sampler.beside(request.sampling()), logprobs, tokenizer);
    return new Sequence(
        new Generation(request, tokenizer, limit),
        new KvCache(pool, context),
        request.sparsity().of(sparsity),
        chooser,
        leader,
        pooled,
        !config.generates(),
        config.traits().encoder().map(encoder -> encoder.startToken()));
  }

  /** What there is to do at the moment. */
  public EngineLoad load() {
    return scheduler.load();
  }

  /** Has a listener told what happens from now on, in the place of the one before. */
  public void listen(EngineListener listener) {
    scheduler.listen(listener);
  }

  /**
   * Accepts no more requests and waits for the accepted ones; those that have not ended after
   * {@code grace} fail. {@link #close} still has to be called.
   */
  public void drain(Duration grace) throws InterruptedException {
    thread.drain(grace);
  }

  /**
   * Fails all requests that have not ended, then frees the model's memory. Does nothing the second
   * time.
   */
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    thread.stop();
    pool.close();
    transformer.close();
    team.close();
    file.close();
  }
}
