package dev.lanewise.engine.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.schedule.Schedulable.Phase;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class StepPlannerTest {
  private static final int BLOCK = 32;
  private static final int PARALLEL = 8;
  private static final int WINDOW = 64;

  /** Of a window and a chunk of 256 tokens, wherever in a block they begin. */
  private static final int MOST_OF_WINDOW = (WINDOW - 1 + 256 + 2 * (BLOCK - 1)) / BLOCK;

  private static final double SHARE = 0.6;
  private static final double CHUNK_OVERHEAD = 2e6;
  private static final double TOKEN = 1e6;
  private static final double STEP = 20e6;
  private static final SchedulePolicy POLICY =
      new SchedulePolicy(PARALLEL, 256, SHARE, 300_000_000L);

  /** A request without a model. */
  private static final class Request implements Schedulable {
    final int prompt;
    final int answer;
    final int priority;
    final double arrival;

    /** Of some layers; 0 for none. */
    final int window;

    Phase phase = Phase.WAITING;
    int computed;
    int generated;
    int blocks;
    boolean whole;

    /** Of the layers with a window. */
    int windowBlocks;

    Request(int prompt, int answer, int priority, double arrival) {
      this(prompt, answer, priority, arrival, 0);
    }

    Request(int prompt, int answer, int priority, double arrival, int window) {
      this.window = window;
      this.prompt = prompt;
      this.answer = answer;
      this.priority = priority;
      this.arrival = arrival;
    }

    int length() {
      return prompt + generated;
    }

    @Override
    public Phase phase() {
      return phase;
    }

    @Override
    public boolean mayBegin() {
      return true;
    }

    @Override
    public int priority() {
      return priority;
    }

    @Override
    public long arrivalNanos() {
      return (long) arrival;
    }

    @Override
    public int remainingTokens() {
      return length() - computed;
    }

    @Override
    public boolean isWhole() {
      return whole;
    }

    @Override
    public int missingBlocks() {
      return missing() + missingOfWindow();
    }

    private int missing() {
      return Math.max(0, (length() + BLOCK - 1) / BLOCK - blocks);
    }

    private int missingOfWindow() {
      int end = Math.min((length() + BLOCK - 1) / BLOCK, firstOfWindow() + MOST_OF_WINDOW);
      return window == 0 ? 0 : Math.max(0, end - firstOfWindow() - windowBlocks);
    }

    private int firstOfWindow() {
      return Math.max(0, computed - window + 1) / BLOCK;
    }

    /** Takes what is missing; returns how many blocks. */
    int take() {
      int taken = missingBlocks();
      blocks += missing();
      windowBlocks += missingOfWindow();
      return taken;
    }

    /** Goes on by some positions; returns how many blocks it gives back. */
    int advance(int positions) {
      int end = firstOfWindow() + windowBlocks;
      computed += positions;
      int given = window == 0 ? 0 : windowBlocks - (end - firstOfWindow());
      windowBlocks -= given;
      return given;
    }

    /** Gives all blocks back; returns how many. */
    int release() {
      int given = blocks + windowBlocks;
      blocks = 0;
      windowBlocks = 0;
      return given;
    }
  }

  private static Request waiting(int prompt, double arrival) {
    return new Request(prompt, 10, 0, arrival);
  }

  private static Request decoding(int length, double arrival) {
    Request request = new Request(length, 10, 0, arrival);
    request.phase = Phase.DECODE;
    request.blocks = (length - 1 + BLOCK - 1) / BLOCK;
    request.computed = length - 1;
    return request;
  }

  private static Request prefilling(int length, int priority, double arrival) {
    Request request = new Request(length, 10, priority, arrival);
    request.phase = Phase.PREFILL;
    request.take();
    return request;
  }

  private static MeasuredSpeed measured() {
    MeasuredSpeed speed = new MeasuredSpeed();
    for (int size : new int[] {16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 256}) {
      speed.took(0, size, (long) (CHUNK_OVERHEAD + size * TOKEN));
    }
    speed.took(1, 0, (long) STEP);
    speed.took(8, 0, (long) STEP);
    return speed;
  }

  private static Step<Request> plan(int freeBlocks, Request... requests) {
    Step<Request> step = new Step<>();
    new StepPlanner(POLICY, 1).plan(List.of(requests), freeBlocks, measured(), step);
    return step;
  }

  private static Request first(Step<Request> step) {
    return step.prompt(0);
  }

  @Test
  void doesNothingWithoutRequests() {
    Step<Request> step = plan(10);
    assertNull(step.preempted());
    assertEquals(0, step.prompts());
  }

  @Test
  void aPromptAloneIsComputedInLargeChunks() {
    assertEquals(256, plan(100, waiting(1000, 0)).tokens(0));
    assertEquals(70, plan(100, waiting(70, 0)).tokens(0));
  }

  @Test
  void aPromptThatIsNotToBeCutIsNot() {
    Request[] requests = {waiting(400, 0), waiting(60, 1), waiting(300, 2)};
    for (Request request : requests) {
      request.whole = true;
    }
    Step<Request> step = plan(100, requests);
    assertSame(requests[1], first(step));
    assertEquals(60, step.tokens(0));
    assertEquals(1, step.prompts());
    step = plan(100, requests[0], requests[2]);
    assertEquals(300, step.tokens(0));
    assertEquals(1, step.prompts());
    requests[0].computed = 250;
    step = plan(100, requests[0], requests[1]);
    assertEquals(60, step.tokens(0));
    assertEquals(150, step.tokens(1));
  }

  @Test
  void besideOthersAChunkKeepsToItsShareOfTheTime() {
    // A step takes 20 ms; 60% to 40% are 30 ms, which 28 tokens take: 24 is the size below.
    assertEquals(24, plan(100, decoding(50, 0), waiting(1000, 0)).tokens(0));
  }

  @Test
  void aStepIsMeasuredWithoutPromptsNowAndThen() {
    MeasuredSpeed speed = measured();
    for (int i = 0; i < 100; i++) {
      speed.took(1, 16, (long) STEP);
    }
    Step<Request> step = new Step<>();
    List<Request> requests = List.of(decoding(50, 0), waiting(1000, 0));
    new StepPlanner(POLICY, 1).plan(requests, 100, speed, step);
    assertEquals(0, step.prompts());
    speed.took(1, 0, (long) STEP);
    new StepPlanner(POLICY, 1).plan(requests, 100, speed, step);
    assertEquals(1, step.prompts());
  }

  @Test
  void theNextInOrderHasWhatTheFirstLeaves() {
    Request shortest = waiting(10, 0);
    Request middle = waiting(11, 0);
    Request isLong = waiting(1000, 0);
    Step<Request> step = plan(100, isLong, middle, decoding(50, 0), shortest);
    assertEquals(3, step.prompts());
    assertSame(shortest, step.prompt(0));
    assertSame(middle, step.prompt(1));
    assertSame(isLong, step.prompt(2));
    assertEquals(10, step.tokens(0));
    assertEquals(11, step.tokens(1));
    // Three times 30 ms, which 88 tokens take; 80 is the size below.
    assertEquals(59, step.tokens(2));
  }

  @Test
  void aStepHasNoMoreColumnsThanAPass() {
    Request[] requests = new Request[220];
    for (int i = 0; i < 200; i++) {
      requests[i] = decoding(50, i);
    }
    for (int i = 200; i < 220; i++) {
      requests[i] = waiting(100, i);
    }
    Step<Request> step = new Step<>();
    SchedulePolicy policy = new SchedulePolicy(256, 216, 0.99, Long.MAX_VALUE);
    new StepPlanner(policy, 1).plan(List.of(requests), 10_000, measured(), step);
    assertEquals(1, step.prompts());
    assertEquals(16, step.tokens(0));
  }

  @Test
  void manyPromptsBesideFewThatGenerateGetMore() {
    Request[] requests = {
      decoding(50, 0), waiting(500, 1), waiting(500, 1), waiting(500, 1), waiting(500, 1)
    };
    assertEquals(112, plan(1000, requests).tokens(0), "four times 30 ms");
  }

  @Test
  void aShortPromptPassesALongOneUntilThatHasWaitedAsLongAsItTakes() {
    Request isLong = prefilling(1000, 0, 0);
    Request soon = waiting(100, 0.5e9);
    Request late = waiting(100, 1.5e9);
    assertSame(soon, first(plan(100, isLong, soon)));
    assertSame(isLong, first(plan(100, isLong, late)));
  }

  @Test
  void priorityComesBeforeLengthAndAge() {
    Request urgent = new Request(2000, 10, -1, 5e9);
    assertSame(urgent, first(plan(100, waiting(10, 0), urgent)));
  }

  @Test
  void nobodyPassesTheOneThatWaitsForBlocks() {
    Request running = decoding(60, 0);
    Request big = waiting(320, 0);
    Request small = waiting(10, 9e9);
    assertEquals(0, plan(10, running, big, small).prompts(), "11 blocks are needed");
    assertSame(big, first(plan(11, running, big, small)));
    Request begun = prefilling(500, 0, 0);
    Step<Request> step = plan(5, running, big, small, begun);
    assertSame(begun, first(step), "it has its blocks");
    assertEquals(1, step.prompts());
  }

  @Test
  void noMoreThanAllowedAreUnderWay() {
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < PARALLEL; i++) {
      requests.add(decoding(50, i));
    }
    requests.add(waiting(10, 0));
    requests.add(waiting(10, 0));
    assertEquals(0, plan(1000, requests.toArray(Request[]::new)).prompts());
    requests.removeFirst();
    assertEquals(1, plan(1000, requests.toArray(Request[]::new)).prompts());
  }

  @Test
  void theYoungestOfTheLowestPriorityGivesWay() {
    Request old = decoding(65, 0); // its 65th position begins a block
    Request young = decoding(50, 5);
    Request important = prefilling(50, -1, 9);
    assertSame(young, plan(0, old, young, important, waiting(10, 10)).preempted());
    assertNull(plan(1, old, young, important).preempted());
  }

  /**
   * Random arrivals, lengths and departures through a whole day of a small pool: each request ends
   * once, none waits for ever, no block is lost.
   */
  @ParameterizedTest
  @CsvSource({"1, 0", "2, 0", "3, 0", "4, 0", "5, 0", "6, 64", "7, 64", "8, 64"})
  void everybodyGetsThere(long seed, int window) {
    Random random = new Random(seed);
    // The longest request takes 38, and what its window takes.
    int pool = window == 0 ? 40 : 38 + MOST_OF_WINDOW;
    int used = 0;
    double now = 0;
    double nextArrival = 0;
    int arrived = 0;
    int ended = 0;
    int preempted = 0;
    double worst = 0;
    List<Request> requests = new ArrayList<>();
    StepPlanner planner = new StepPlanner(POLICY, window == 0 ? 1 : 2);
    MeasuredSpeed speed = measured();
    Step<Request> step = new Step<>();
    while (ended < 2000) {
      while (arrived < 2000 && (nextArrival <= now || requests.isEmpty())) {
        now = Math.max(now, nextArrival);
        int prompt = random.nextInt(20) == 0 ? 1 + random.nextInt(1100) : 1 + random.nextInt(100);
        requests.add(new Request(prompt, 1 + random.nextInt(100), 0, now, window));
        arrived++;
        nextArrival = now - 0.35e9 * Math.log(1 - random.nextDouble());
      }
      if (random.nextInt(100) == 0) { // somebody leaves
        Request gone = requests.remove(random.nextInt(requests.size()));
        used -= gone.release();
        ended++;
        continue;
      }
      planner.plan(requests, pool - used, speed, step);
      if (step.preempted() != null) {
        Request victim = step.preempted();
        used -= victim.release();
        victim.computed = 0;
        victim.phase = Phase.WAITING;
        preempted++;
        continue;
      }
      boolean worked = step.prompts() > 0;
      for (Request request : List.copyOf(requests)) {
        if (request.phase == Phase.DECODE) {
          worked = true;
          used += request.take();
          used -= request.advance(1);
          request.generated++;
          now += STEP / PARALLEL;
        }
      }
      for (int i = 0; i < step.prompts(); i++) {
        Request prompt = step.prompt(i);
        used += prompt.take();
        prompt.phase = Phase.PREFILL;
        assertTrue(used <= pool, used + " blocks");
        used -= prompt.advance(step.tokens(i));
        now += CHUNK_OVERHEAD + step.tokens(i) * TOKEN;
        if (prompt.remainingTokens() == 0) {
          prompt.phase = Phase.DECODE;
          prompt.generated++;
        }
      }
      for (Request request : List.copyOf(requests)) {
        if (request.generated == request.answer) {
          requests.remove(request);
          used -= request.release();
          ended++;
          worst = Math.max(worst, now - request.arrival);
        }
      }
      assertTrue(worked, "a step with requests does something");
      assertTrue(used >= 0 && used <= pool, used + " blocks");
    }
    assertEquals(0, used);
    assertTrue(window > 0 || preempted > 0, "the pool is small enough to matter");
    assertTrue(worst < 60e9, worst / 1e9 + " s for one request");
  }
}
