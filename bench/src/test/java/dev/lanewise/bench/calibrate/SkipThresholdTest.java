package dev.lanewise.bench.calibrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.LoadProgress;
import dev.lanewise.engine.sparse.FfnSkipping;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.gguf.GgufFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Finds thresholds for the default model on made-up text. */
final class SkipThresholdTest {
  private static final int WINDOW = 100;
  private static final FfnSkipping RULE = new FfnSkipping(2, 1, 3, 3, 25);

  private static GgufFile file;
  private static ThreadTeam team;
  private static Transformer transformer;
  private static SkipThreshold calibration;

  @BeforeAll
  static void load() throws IOException {
    file =
        GgufFile.open(
            Path.of(System.getProperty("lanewise.models"), "SmolLM2-135M-Instruct.Q4_1.gguf"));
    team = new ThreadTeam(2);
    transformer =
        new Transformer(
            file,
            Architecture.configOf(file),
            Kernels.best(),
            team,
            WINDOW,
            true,
            LoadProgress.SILENT);
    int[] text = new Random(1).ints(250, 0, transformer.config().vocabulary()).toArray();
    calibration = new SkipThreshold(transformer, KvFormat.BF16, text, WINDOW);
  }

  @AfterAll
  static void close() {
    transformer.close();
    team.close();
    file.close();
  }

  @Test
  void findsTheThresholdsThatSkipShares() {
    List<Double> shares = List.of(0.1, 0.25);
    List<FfnSkipping> found = calibration.find(RULE, shares, done -> {});
    for (int i = 0; i < shares.size(); i++) {
      FfnSkipping rule = found.get(i);
      assertEquals(shares.get(i), calibration.share(rule, 2), 0.01);
      assertEquals(
          new FfnSkipping(rule.threshold(), 1, 3, 3, 25), rule, "all but the threshold is kept");
    }
  }

  /** Every other one of 24 layers of 30. */
  @Test
  void saysHowManyMayBeSkippedAtMost() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> calibration.check(RULE, 0.41))
            .getMessage();
    assertTrue(message.contains("at most 0.400 of the"), message);
    calibration.check(RULE, 0.4);
  }

  @Test
  void refusesTextThatIsTooShort() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new SkipThreshold(transformer, KvFormat.BF16, new int[WINDOW - 1], WINDOW));
    FfnSkipping allWarmUp = new FfnSkipping(2, 1, 3, 3, WINDOW);
    assertThrows(IllegalArgumentException.class, () -> calibration.check(allWarmUp, 0.1));
  }
}
