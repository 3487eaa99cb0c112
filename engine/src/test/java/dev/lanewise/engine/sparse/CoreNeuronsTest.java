package dev.lanewise.engine.sparse;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which neurons are chosen, against the definition. */
final class CoreNeuronsTest {
  private static final int NEURONS = 256;

  /** Activations {@code [token][neuron]} in steps of an eighth, so that some are equal. */
  private static float[][] activations(int tokens) {
    Random random = new Random(4);
    float[][] all = new float[tokens][NEURONS];
    for (float[] token : all) {
      for (int i = 0; i < NEURONS; i++) {
        token[i] = Math.round(8 * random.nextGaussian() * (i % 7)) / 8f;
      }
    }
    return all;
  }

  private static CoreNeurons watch(CoreInfer rule, float[][] activations) {
    CoreNeurons core = new CoreNeurons(rule, 3, NEURONS);
    LargestShare largest = new LargestShare(NEURONS);
    for (int token = 0; token < activations.length; token++) {
      float least = largest.least(activations[token], 0, NEURONS, rule.tokenShare());
      core.count(1, activations[token], 0, least, 0, 100);
      core.count(1, activations[token], 0, least, 100, NEURONS);
      core.seen(token);
    }
    return core;
  }

  /** The largest fifth of the positive activations of each token, counted; ties as documented. */
  private static int[] plainly(float[][] activations, double tokenShare, int kept) {
    int[] counts = new int[NEURONS];
    float[] sums = new float[NEURONS];
    for (float[] token : activations) {
      List<Integer> positive =
          IntStream.range(0, NEURONS)
              .filter(i -> token[i] > 0)
              .boxed()
              .sorted(Comparator.comparingDouble(i -> -token[i]))
              .toList();
      int most = (int) (positive.size() * tokenShare);
      for (int i : positive) {
        if (most > 0 && token[i] >= token[positive.get(most - 1)]) {
          counts[i]++;
          sums[i] += token[i];
        }
      }
    }
    return IntStream.range(0, NEURONS)
        .boxed()
        .sorted(
            Comparator.<Integer>comparingInt(i -> -counts[i])
                .thenComparingDouble(i -> -sums[i])
                .thenComparingInt(i -> i))
        .limit(kept)
        .mapToInt(i -> i)
        .sorted()
        .toArray();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.01, 0.25, 0.4, 0.8})
  void keepsTheNeuronsThatAreMostActiveMostOften(double share) {
    float[][] activations = activations(40);
    CoreInfer rule = new CoreInfer(share, 0.2, 1, 2, 1);
    int kept = rule.kept(NEURONS);
    assertEquals(0, kept % 32);
    assertTrue(kept >= (int) (share * NEURONS) && kept < share * NEURONS + 32, "kept " + kept);
    ChosenNeurons chosen = watch(rule, activations).choose();
    assertArrayEquals(plainly(activations, 0.2, kept), chosen.of(1));
    assertFalse(chosen.covers(0));
    assertFalse(chosen.covers(2));
  }

  @Test
  void neuronsThatAreEquallyActiveAreTakenFromTheFirst() {
    float[][] equal = new float[3][NEURONS];
    for (float[] token : equal) {
      Arrays.fill(token, 1);
    }
    assertArrayEquals(
        IntStream.range(0, 64).toArray(),
        watch(new CoreInfer(0.25, 0.2, 1, 2, 1), equal).choose().of(1));
  }

  @Test
  void aPositionCountsOnceAndNoneAfterTheChoice() {
    CoreNeurons core = watch(new CoreInfer(0.25, 0.2, 1, 2, 6), activations(5));
    assertFalse(core.watches(4));
    assertTrue(core.watches(5));
    assertFalse(core.ready());
    core.seen(5);
    assertTrue(core.ready());
    ChosenNeurons chosen = core.choose();
    assertFalse(core.watches(6));
    assertEquals(chosen, core.choose());
  }

  @Test
  void masksAllOthers() {
    int[][] chosen = {ChosenNeurons.ALL, {1, 2, 5}};
    ChosenNeurons mask = new ChosenNeurons(chosen);
    float[] activations = {9, 1, 2, 3, 4, 5, 6, 7, 9};
    mask.mask(0, activations, 1, 7);
    assertArrayEquals(new float[] {9, 1, 2, 3, 4, 5, 6, 7, 9}, activations);
    mask.mask(1, activations, 1, 7);
    assertArrayEquals(new float[] {9, 0, 2, 3, 0, 0, 6, 0, 9}, activations);
  }

  @Test
  void theMiddleLayersOfThePaperAreThoseOfOtherDepths() {
    CoreInfer paper = CoreInfer.of(0.4, 32);
    assertEquals(6, paper.firstLayer());
    assertEquals(27, paper.endLayer());
    CoreInfer shallow = CoreInfer.of(0.4, 16);
    assertEquals(3, shallow.firstLayer());
    assertEquals(14, shallow.endLayer());
  }

  @Test
  void refusesWhatIsOutOfRange() {
    for (double share : new double[] {0, -1, 1.01, Double.NaN}) {
      assertThrows(IllegalArgumentException.class, () -> new CoreInfer(share, 0.2, 0, 1, 1));
      assertThrows(IllegalArgumentException.class, () -> new CoreInfer(0.4, share, 0, 1, 1));
    }
    assertThrows(IllegalArgumentException.class, () -> new CoreInfer(0.4, 0.2, 2, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> new CoreInfer(0.4, 0.2, 0, 1, 0));
    CoreInfer deep = new CoreInfer(0.4, 0.2, 0, 4, 1);
    assertThrows(IllegalArgumentException.class, () -> new CoreNeurons(deep, 3, NEURONS));
  }
}
