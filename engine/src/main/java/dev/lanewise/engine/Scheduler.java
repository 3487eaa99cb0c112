package dev.lanewise.engine;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.cache.KvPool;
import dev.lanewise.engine.schedule.MeasuredSpeed;
import dev.lanewise.engine.schedule.Schedulable.Phase;
import dev.lanewise.engine.schedule.SchedulePolicy;
import dev.lanewise.engine.schedule.Step;
import dev.lanewise.engine.schedule.StepPlanner;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.model.tokenizer.Tokenizer;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Carries out, step by step, what the {@link StepPlanner} decides: owns the sequences and their
 * blocks. For the engine thread, but for {@link #load} and {@link #listen}.
 */
final class Scheduler {
  private static final System.Logger LOG = System.getLogger("dev.lanewise.engine");

  private static final int[] MEASURED_CHUNKS = {16, 64};

  private final Transformer transformer;
  private final Tokenizer tokenizer;
  private final KvPool pool;
  private final int context;
  private final Consumer<Sequence> onEnd;
  private final StepPlanner planner;
  private final MeasuredSpeed speed = new MeasuredSpeed();
  private final Step<Sequence> step = new Step<>();
  private final List<Sequence> sequences = new ArrayList<>();
  private final Sequence[] decoding;
  private final KvCache[] caches;
  private final int[] tokens;
  private volatile EngineListener listener = EngineListener.NONE;
  private volatile EngineLoad load;

  /**
   * A scheduler without work.
   *
   * @param onEnd told of each sequence that has ended
   */
  Scheduler(
      Transformer transformer,
      Tokenizer tokenizer,
      KvPool pool,
      int context,
      SchedulePolicy policy,
      Consumer<Sequence> onEnd) {
    this.transformer = transformer;
    this.tokenizer = tokenizer;
    this.pool = pool;
    this.context = context;
    this.onEnd = onEnd;
    planner = new StepPlanner(policy);
    decoding = new Sequence[policy.parallel()];
    caches = new KvCache[policy.parallel()];
    tokens = new int[policy.parallel()];
    load = new EngineLoad(0, 0, 0, 0, pool.capacity());
  }

  /** What there is to do; any thread may ask. */
  EngineLoad load() {
    return load;
  }

  /** Who is told what happens; any thread may say. */
  void listen(EngineListener to) {
    listener = to;
  }

  void add(Sequence sequence) {
    sequences.add(sequence);
    publish();
  }

  boolean isIdle() {
    return sequences.isEmpty();
  }

  /** Ends all sequences, with an error. */
  void endAll(GenerationFailed why) {
    for (int i = sequences.size() - 1; i >= 0; i--) {
      end(sequences.get(i), FinishReason.CANCELLED, why);
    }
  }

  /** Times chunks of two sizes, so that the first prompt beside others is cut well. */
  void measure() {
    try (KvCache cache = new KvCache(pool, context)) {
      for (int size : MEASURED_CHUNKS) {
        if (cache.length() + size <= context) {
          long start = System.nanoTime();
          transformer.prefill(cache, new int[size], 0, size, false);
          speed.chunkTook(size, System.nanoTime() - start);
        }
      }
    }
  }

  /** Drops what nobody waits for, then computes one step. */
  void step() {
    dropUnwanted();
    planner.plan(sequences, pool.free(), speed, step);
    while (step.preempted() != null) {
      step.preempted().preempt();
      listener.preempted();
      planner.plan(sequences, pool.free(), speed, step);
    }
    Sequence prompt = step.prefilled();
    int chunk = step.chunk();
    decode();
    if (prompt != null) {
      prefill(prompt, chunk);
    }
    publish();
  }

  private void dropUnwanted() {
    long now = System.nanoTime();
    for (int i = sequences.size() - 1; i >= 0; i--) {
      Sequence sequence = sequences.get(i);
      if (sequence.generation().abandoned()) {
        end(sequence, FinishReason.CANCELLED, null);
      } else if (sequence.isLate(now)) {
        end(
            sequence,
            FinishReason.CANCELLED,
            new GenerationTimedOut(
                sequence.generation().request().timeout().get(), sequence.generated()));
      }
    }
  }

  /** A token for each sequence that generates. */
  private void decode() {
    int count = 0;
    for (int i = 0; i < sequences.size(); i++) {
      Sequence sequence = sequences.get(i);
      if (sequence.phase() == Phase.DECODE) {
        decoding[count] = sequence;
        caches[count] = sequence.cache();
        tokens[count++] = sequence.lastTokenId();
      }
    }
    if (count == 0) {
      return;
    }
    long start = System.nanoTime();
    try {
      float[] logits = transformer.decode(caches, tokens, count);
      for (int i = 0; i < count; i++) {
        choose(decoding[i], logits, i * transformer.config().vocabulary());
      }
    } catch (Throwable failure) { // the next step may well succeed: the thread has to survive
      for (int i = 0; i < count; i++) {
        fail(decoding[i], failure);
      }
    }
    long took = System.nanoTime() - start;
    speed.stepTook(took);
    listener.decoded(count, took);
  }

  private void prefill(Sequence sequence, int chunk) {
    long start = System.nanoTime();
    int count = 0;
    try {
      if (sequence.phase() == Phase.WAITING) {
        sequence.begin();
        listener.promptBegan(
            sequence.generation().request().prompt().length, sequence.cachedTokens());
      }
      count = Math.min(chunk, sequence.remainingTokens());
      boolean last = count == sequence.remainingTokens();
      KvCache cache = sequence.cache();
      float[] logits = transformer.prefill(cache, sequence.tokens(), cache.length(), count, last);
      sequence.keepBlocks();
      if (last) {
        sequence.promptIsDone();
        choose(sequence, logits, 0);
      }
    } catch (Throwable failure) {
      fail(sequence, failure);
    }
    long took = System.nanoTime() - start;
    speed.chunkTook(count, took);
    listener.prefilled(count, took);
  }

  /** The next token of a sequence; what goes wrong here concerns no other. */
  private void choose(Sequence sequence, float[] logits, int from) {
    int token;
    try {
      token = sequence.sample(logits, from);
    } catch (RuntimeException failure) {
      fail(sequence, failure);
      return;
    }
    if (tokenizer.isEndOfGeneration(token)) {
      end(sequence, FinishReason.STOP, null);
      return;
    }
    long since = sequence.add(token, context);
    if (since > 0) {
      listener.tokenAfter(since);
    }
    if (sequence.generated() == sequence.generation().limit()) {
      end(sequence, FinishReason.LENGTH, null);
    }
  }

  private void fail(Sequence sequence, Throwable failure) {
    if (!sequences.contains(sequence)) {
      return; // ended before the failure
    }
    LOG.log(Level.ERROR, "A generation failed after " + sequence.generated() + " tokens", failure);
    end(
        sequence,
        FinishReason.CANCELLED,
        new GenerationFailed("the generation failed: " + failure.getMessage(), failure));
  }

  private void end(Sequence sequence, FinishReason finish, GenerationFailed failure) {
    sequences.remove(sequence);
    if (failure == null) {
      sequence.keepBlocks();
    }
    sequence.release();
    // Who hears of the end may look, or send the next request, at once.
    publish();
    onEnd.accept(sequence);
    sequence.end(finish, Optional.ofNullable(failure));
  }

  private void publish() {
    int waiting = 0;
    for (int i = 0; i < sequences.size(); i++) {
      waiting += sequences.get(i).phase() == Phase.WAITING ? 1 : 0;
    }
    int running = sequences.size() - waiting;
    EngineLoad before = load;
    if (before.running() != running
        || before.waiting() != waiting
        || before.usedBlocks() != pool.used()
        || before.idleBlocks() != pool.idle()) {
      load = new EngineLoad(running, waiting, pool.used(), pool.idle(), pool.capacity());
    }
  }
}
