package dev.lanewise.engine;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.cache.KvPool;
import dev.lanewise.engine.grammar.GrammarError;
import dev.lanewise.engine.schedule.MeasuredSpeed;
import dev.lanewise.engine.schedule.Schedulable.Phase;
import dev.lanewise.engine.schedule.SchedulePolicy;
import dev.lanewise.engine.schedule.Step;
import dev.lanewise.engine.schedule.StepPlanner;
import dev.lanewise.engine.sparse.Sparsity;
import dev.lanewise.engine.transformer.Transformer;
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
  private static final int[] MEASURED_SEQUENCES = {1, 8};

  /** Logits of 32 tokens take 16 MB with a vocabulary of 128,000. */
  private static final int MOST_PROMPT_LOGITS = 32;

  private final Transformer transformer;
  private final KvPool pool;
  private final int context;
  private final Consumer<Sequence> onEnd;
  private final StepPlanner planner;
  private final MeasuredSpeed speed = new MeasuredSpeed();
  private final Step<Sequence> step = new Step<>();
  private final List<Sequence> sequences = new ArrayList<>();

  /** The sequences that are in the pass, in its order. */
  private final List<Sequence> computed = new ArrayList<>();

  /** How many rows of logits each of them has. */
  private final int[] rows;

  private volatile EngineListener listener = EngineListener.NONE;
  private volatile EngineLoad load;

  /**
   * A scheduler without work.
   *
   * @param onEnd told of each sequence that has ended
   */
  Scheduler(
      Transformer transformer,
      KvPool pool,
      int context,
      SchedulePolicy policy,
      Consumer<Sequence> onEnd) {
    this.transformer = transformer;
    this.pool = pool;
    this.context = context;
    this.onEnd = onEnd;
    planner = new StepPlanner(policy, pool.shape().blocksOfPages());
    rows = new int[transformer.mostColumns()];
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

  /** Times steps and chunks of two sizes, so that the first prompt beside others is cut well. */
  void measure() {
    List<KvCache> caches = new ArrayList<>();
    try {
      int most = MEASURED_SEQUENCES[MEASURED_SEQUENCES.length - 1];
      most = Math.min(most, pool.free() / pool.shape().blocksOfSequence(1));
      boolean generates = transformer.config().generates();
      boolean encodes = transformer.config().hasEncoder();
      for (int i = 0; i < most; i++) {
        caches.add(new KvCache(pool, context));
      }
      if (encodes) {
        transformer.clear();
        caches.forEach(cache -> transformer.addText(cache, new int[1]));
        transformer.compute();
      }
      for (int sequences : MEASURED_SEQUENCES) {
        if (generates && sequences <= most) {
          long start = System.nanoTime();
          transformer.clear();
          for (int i = 0; i < sequences; i++) {
            caches.get(i).truncate(0);
            transformer.addStep(caches.get(i), 0);
          }
          transformer.compute();
          speed.took(sequences, 0, System.nanoTime() - start);
        }
      }
      for (int size : MEASURED_CHUNKS) {
        if (size <= context && pool.shape().blocksFor(size) <= pool.free()) {
          caches.getFirst().truncate(0);
          long start = System.nanoTime();
          transformer.clear();
          if (encodes) {
            transformer.addText(caches.getFirst(), new int[size]);
          } else {
            transformer.addPrompt(caches.getFirst(), new int[size], 0, size, 0);
          }
          transformer.compute();
          speed.took(0, size, System.nanoTime() - start);
        }
      }
    } finally {
      caches.forEach(KvCache::close);
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
    long start = System.nanoTime();
    transformer.clear();
    computed.clear();
    addSteps();
    int generating = computed.size();
    int promptTokens = addPrompts();
    if (!computed.isEmpty()) {
      compute(generating);
      long took = System.nanoTime() - start;
      speed.took(generating, promptTokens, took);
      listener.computed(generating, promptTokens, took);
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
  private void addSteps() {
    for (int i = sequences.size() - 1; i >= 0; i--) {
      Sequence sequence = sequences.get(i);
      if (sequence.phase() == Phase.DECODE) {
        try {
          transformer.addStep(sequence.cache(), sequence.lastTokenId(), sequence.sparsity());
          add(sequence, 1);
        } catch (RuntimeException | OutOfMemoryError failure) {
          fail(sequence, failure);
        }
      }
    }
  }

  /** What was planned of the prompts; returns how many tokens that is. */
  private int addPrompts() {
    int total = 0;
    for (int i = 0; i < step.prompts(); i++) {
      Sequence sequence = step.prompt(i);
      try {
        if (sequence.phase() == Phase.WAITING) {
          sequence.begin();
          if (sequence.pooled().isEmpty()) { // which looks nothing up in the cache
            listener.promptBegan(
                sequence.generation().request().prompt().length, sequence.cachedTokens());
          }
        }
        KvCache cache = sequence.cache();
        int count = Math.min(step.tokens(i), sequence.remainingTokens());
        int ofText = sequence.isUnread() ? addText(sequence) : 0;
        count -= ofText;
        int wanted = sequence.isDoneAfter(count) ? 1 : 0;
        if (sequence.wantsPromptLogprobs()) {
          count = Math.min(count, MOST_PROMPT_LOGITS);
          wanted = count;
        }
        if (count == 0) {
          wanted = 0;
        } else if (sequence.pooled().isPresent()) {
          wanted = 0;
          transformer.addPrompt(
              cache, sequence.tokens(), cache.length(), count, sequence.pooled().get());
        } else {
          transformer.addPrompt(
              cache,
              sequence.tokens(),
              cache.length(),
              count,
              wanted,
              Sparsity.ofPrompt(sequence.sparsity()));
        }
        add(sequence, wanted);
        total += ofText + count;
      } catch (RuntimeException | OutOfMemoryError failure) {
        fail(sequence, failure);
      }
    }
    return total;
  }

  /** Has the encoder read the whole prompt; returns how many tokens that is. */
  private int addText(Sequence sequence) {
    int[] text = sequence.generation().request().prompt();
    if (sequence.pooled().isPresent()) {
      transformer.addText(sequence.cache(), text, sequence.pooled().get());
    } else {
      transformer.addText(sequence.cache(), text);
    }
    return text.length;
  }

  private void add(Sequence sequence, int wanted) {
    rows[computed.size()] = wanted;
    computed.add(sequence);
  }

  private void compute(int generating) {
    float[] logits;
    try {
      logits = transformer.compute();
    } catch (Throwable failure) { // the next step may well succeed: the thread has to survive
      for (int i = 0; i < computed.size(); i++) {
        fail(computed.get(i), failure);
      }
      return;
    }
    if (generating > 0) {
      listener.leftOut(generating, transformer.skipCounts());
    }
    int row = 0;
    for (int i = 0; i < computed.size(); i++) {
      try {
        take(computed.get(i), logits, row, rows[i]);
      } catch (RuntimeException failure) { // what goes wrong here concerns no other
        fail(computed.get(i), failure);
      }
      row += rows[i];
    }
  }

  /** What a sequence makes of its rows of logits. */
  private void take(Sequence sequence, float[] logits, int row, int count) {
    int vocabulary = transformer.config().vocabulary();
    sequence.releaseUnneeded();
    if (sequence.phase() == Phase.PREFILL) {
      sequence.keepPages();
      if (sequence.wantsPromptLogprobs()) {
        sequence.readPrompt(logits, row, vocabulary, sequence.cache().length() - count, count);
      }
      if (sequence.remainingTokens() > 0) {
        return;
      }
      sequence.promptIsDone();
      if (sequence.generation().limit() == 0) {
        end(sequence, FinishReason.LENGTH, null);
        return;
      }
    }
    int token = sequence.choose(logits, (row + count - 1) * vocabulary);
    if (sequence.endsWith(token)) {
      end(sequence, FinishReason.STOP, null);
      return;
    }
    long since = sequence.add(token, context);
    if (since > 0) {
      listener.tokenAfter(since);
    }
    if (sequence.isComplete()) {
      end(sequence, FinishReason.STOP, null);
    } else if (sequence.generated() == sequence.generation().limit()) {
      end(sequence, FinishReason.LENGTH, null);
    }
  }

  private void fail(Sequence sequence, Throwable failure) {
    if (!(failure instanceof GrammarError)) { // which the client caused, and is told
      LOG.log(
          Level.ERROR, "A generation failed after " + sequence.generated() + " tokens", failure);
    }
    end(
        sequence,
        FinishReason.CANCELLED,
        new GenerationFailed("the generation failed: " + failure.getMessage(), failure));
  }

  private void end(Sequence sequence, FinishReason finish, GenerationFailed failure) {
    sequences.remove(sequence);
    if (failure == null) {
      sequence.keepPages();
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
