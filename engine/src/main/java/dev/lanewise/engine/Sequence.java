package dev.lanewise.engine;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.cache.PrefixKey;
import dev.lanewise.engine.schedule.Schedulable;
import dev.lanewise.engine.sparse.CoreNeurons;
import dev.lanewise.engine.sparse.Sparsity;
import dev.lanewise.math.kernel.KvLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A request on its way: its tokens, the blocks it holds, and where its time went. For the engine
 * thread.
 */
final class Sequence implements Schedulable {
  private static final int PAGE = KvLayout.POSITIONS;

  private final Generation generation;
  private final GenerationRequest request;
  private final KvCache cache;
  private final Supplier<Sparsity> leftOut;
  private final TokenChooser chooser;
  private final Optional<Sequence> leader;
  private final Optional<PooledStates> pooled;
  private final boolean whole;
  private final boolean encoded;
  private final List<TokenLogprobs> promptLogprobs = new ArrayList<>();
  private final List<PrefixKey> keys = new ArrayList<>();
  private int[] tokens;
  private int length;
  private Phase phase = Phase.WAITING;
  private Sparsity sparsity = Sparsity.NONE;
  private int cachedTokens;
  private int generated;
  private long started;
  private long promptDone;
  private long firstToken;
  private long lastToken;
  private boolean ended;

  /**
   * A request that has arrived.
   *
   * @param leftOut what is left out while it generates; asked when it begins, for it may be large
   * @param leader a sequence with the same prompt, which is computed first, so that this one finds
   *     it in the cache
   * @param pooled takes the hidden states of the whole prompt, where these are what is wanted
   * @param whole whether its prompt has to be computed in one step
   * @param startToken what a decoder begins with whose encoder reads the prompt; empty for models
   *     that continue the prompt itself
   */
  Sequence(
      Generation generation,
      KvCache cache,
      Supplier<Sparsity> leftOut,
      TokenChooser chooser,
      Optional<Sequence> leader,
      Optional<PooledStates> pooled,
      boolean whole,
      Optional<Integer> startToken) {
    this.generation = generation;
    this.request = generation.request();
    this.cache = cache;
    this.leftOut = leftOut;
    this.chooser = chooser;
    this.leader = leader;
    this.pooled = pooled;
    this.whole = whole;
    encoded = startToken.isPresent();
    // Of a text that becomes a vector, the decoder computes nothing.
    int[] start =
        pooled.isPresent() ? new int[0] : startToken.stream().mapToInt(id -> id).toArray();
    tokens = encoded ? start : request.prompt();
    length = tokens.length;
  }

  Generation generation() {
    return generation;
  }

  KvCache cache() {
    return cache;
  }

  @Override
  public Phase phase() {
    return phase;
  }

  @Override
  public boolean mayBegin() {
    return leader.isEmpty() || leader.get().promptDone != 0 || leader.get().ended;
  }

  @Override
  public int priority() {
    return request.priority();
  }

  @Override
  public long arrivalNanos() {
    return generation.submittedNanos();
  }

  /**
   * {@inheritDoc} Before the encoder has read the prompt, those of it and the first of the decoder:
   * these are computed in one step, and the others, if it lost its blocks, in further ones.
   */
  @Override
  public int remainingTokens() {
    return isUnread() ? request.prompt().length + Math.min(1, length) : length - cache.length();
  }

  @Override
  public boolean isWhole() {
    return whole || isUnread();
  }

  /** Whether an encoder has to read the prompt, and has not yet. */
  boolean isUnread() {
    return encoded && cache.encoded().length() == 0;
  }

  /** Whether all is computed before the next token when so many more tokens are. */
  boolean isDoneAfter(int more) {
    return cache.length() + more == length;
  }

  @Override
  public int missingBlocks() {
    int ofText = encoded ? cache.encoded().missingBlocks(request.prompt().length) : 0;
    return cache.missingBlocks(length) + ofText;
  }

  /** Whether its time is over. */
  boolean isLate(long now) {
    return request.timeout().isPresent()
        && now - generation.submittedNanos() > request.timeout().get().toNanos();
  }

  /** Takes the blocks of its prompt, those of the longest known beginning as they are. */
  void begin() {
    if (started == 0) {
      sparsity = leftOut.get();
    }
    int most = mostShared();
    promptLogprobs.clear();
    pooled.ifPresent(PooledStates::clear);
    cache.share(this::key, most);
    if (started == 0) {
      started = System.nanoTime();
      cachedTokens = cache.length();
    }
    cache.reserve(length);
    if (encoded) {
      cache.encoded().reserve(request.prompt().length);
    }
    phase = Phase.PREFILL;
  }

  /** How many pages of its beginning it may take as they are. */
  private int mostShared() {
    if (wantsPromptLogprobs() || pooled.isPresent() || encoded) {
      return 0;
    }
    // The last token is always computed: what follows it is not in the cache.
    int most = (length - 1) / PAGE;
    return sparsity instanceof CoreNeurons core ? Math.min(most, core.nextPosition() / PAGE) : most;
  }

  /** The tokens so far, those of the answer too, without a prompt that an encoder reads. */
  int[] tokens() {
    return tokens;
  }

  /** Prompt tokens that were found in the cache when it first began. */
  int cachedTokens() {
    return cachedTokens;
  }

  /**
   * What is left out of its steps, not of its prompt. After a preemption the answer so far is part
   * of the prompt, and is computed whole that time.
   */
  Sparsity sparsity() {
    return sparsity;
  }

  /** The token that a step computes. */
  int lastTokenId() {
    return tokens[length - 1];
  }

  /** Who reads the hidden states of the prompt, if they are what is wanted. */
  Optional<PooledStates> pooled() {
    return pooled;
  }

  /**
   * Lets others find the pages that are full. Those of a text that becomes a vector are not worth
   * the place of others: few texts begin like it. Of a sequence that leaves something out, only the
   * pages of the prompt are what others would compute. Those of a decoder depend on all of what its
   * encoder has read.
   */
  void keepPages() {
    if (pooled.isPresent() || encoded) {
      return;
    }
    int whole =
        sparsity.equals(Sparsity.NONE)
            ? cache.length()
            : Math.min(cache.length(), request.prompt().length);
    while (PAGE * (cache.keptPages() + 1) <= whole) {
      cache.keepNext(key(cache.keptPages()));
    }
  }

  /** Gives back what no position to come attends to; others can still find it. */
  void releaseUnneeded() {
    if (cache.holdsUnneeded()) {
      keepPages();
      cache.releaseUnneeded();
    }
  }

  private PrefixKey key(int page) {
    while (keys.size() <= page) {
      int next = keys.size();
      PrefixKey before = next == 0 ? PrefixKey.root(request.cacheSalt()) : keys.getLast();
      keys.add(before.next(tokens, next * PAGE, PAGE));
    }
    return keys.get(page);
  }

  /** The prompt is computed: from now on it generates. */
  void promptIsDone() {
    if (promptDone == 0) {
      promptDone = System.nanoTime();
    }
    phase = Phase.DECODE;
  }

  /** Whether all tokens of the prompt want logits. */
  boolean wantsPromptLogprobs() {
    return request.details().promptLogprobs() && promptDone == 0;
  }

  /**
   * Takes the logits after some tokens of the prompt.
   *
   * @param rows logits {@code [tokens, vocabulary]}, from row {@code row} on
   * @param first the first of these tokens
   */
  void readPrompt(float[] rows, int row, int vocabulary, int first, int count) {
    if (first == 0) {
      promptLogprobs.add(new TokenLogprobs(tokens[0], Float.NaN, new int[0], new float[0]));
    }
    for (int i = 0; i < count && first + i + 1 < length; i++) {
      promptLogprobs.add(chooser.ofPrompt(rows, (row + i) * vocabulary, tokens[first + i + 1]));
    }
    if (promptLogprobs.size() == length) {
      generation.promptIs(List.copyOf(promptLogprobs));
    }
  }

  /** Chooses the next token by the logits that start at {@code from}. */
  int choose(float[] logits, int from) {
    return chooser.next(logits, from, generated);
  }

  /** Whether the answer is complete with its last token. */
  boolean isComplete() {
    return chooser.mustEnd();
  }

  /** Whether a token that was chosen ends the answer. */
  boolean endsWith(int token) {
    return chooser.ends(token);
  }

  /**
   * Adds a token to the answer.
   *
   * @return nanoseconds since the one before it; 0 for the first
   */
  long add(int token, int context) {
    if (length == tokens.length) {
      tokens = Arrays.copyOf(tokens, Math.min(context, length + Math.max(64, length / 2)));
    }
    tokens[length++] = token;
    generation.put(token, chooser.logprobs());
    long now = System.nanoTime();
    long since = generated == 0 ? 0 : now - lastToken;
    firstToken = generated == 0 ? now : firstToken;
    lastToken = now;
    generated++;
    return since;
  }

  /** Tokens of the answer so far. */
  int generated() {
    return generated;
  }

  /** Gives its blocks back and waits again. */
  void preempt() {
    keepPages();
    release();
  }

  /** Gives its blocks back. */
  void release() {
    cache.close();
    phase = Phase.WAITING;
  }

  /** Tells the reader how it ended. */
  void end(FinishReason finish, Optional<GenerationFailed> failure) {
    ended = true;
    generation.end(new Outcome(finish, generated, timings(), failure));
  }

  private Timings timings() {
    long now = System.nanoTime();
    long submitted = generation.submittedNanos();
    boolean began = started != 0;
    int computed = promptDone == 0 ? 0 : request.prompt().length - cachedTokens;
    return new Timings(
        computed,
        cachedTokens,
        began ? seconds(started, promptDone == 0 ? now : promptDone) : 0,
        generated,
        seconds(firstToken, lastToken),
        seconds(submitted, began ? started : now),
        seconds(submitted, generated > 0 ? firstToken : now));
  }

  private static double seconds(long from, long to) {
    return (to - from) / 1e9;
  }
}
