package dev.lanewise.bench.quality;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.sparse.SparsityChoice;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class QualityChartTest {
  @TempDir private Path folder;

  private static QualityRow row(int number, double increase, double speedUp) {
    return new QualityRow(
        number,
        "weights" + number,
        "BF16",
        SparsityChoice.OFF,
        OptionalInt.of(1),
        new Quality(
            new Perplexity(1, 100, 2, 1),
            Optional.of(
                new Quality.Difference(
                    increase,
                    new Divergence(0, 0, 1),
                    1,
                    Optional.of(new SpeedRatio(speedUp, 10))))));
  }

  private BufferedImage draw(List<QualityRow> rows) throws IOException {
    Path file = folder.resolve("chart.png");
    new QualityChart(rows).write(file);
    return ImageIO.read(file.toFile());
  }

  private static int differentPixels(BufferedImage a, BufferedImage b) {
    int different = 0;
    for (int y = 0; y < a.getHeight(); y++) {
      for (int x = 0; x < a.getWidth(); x++) {
        different += a.getRGB(x, y) == b.getRGB(x, y) ? 0 : 1;
      }
    }
    return different;
  }

  @Test
  void drawsEveryRowWithASpeed() throws IOException {
    QualityRow base =
        new QualityRow(
            1,
            "as-is",
            "BF16",
            SparsityChoice.OFF,
            OptionalInt.empty(),
            new Quality(new Perplexity(1, 100, 2, 1), Optional.empty()));
    BufferedImage two = draw(List.of(base, row(2, 0, 1.1), row(3, 0.04, 1.5)));
    assertEquals(1200, two.getWidth());
    BufferedImage three = draw(List.of(base, row(2, 0, 1.1), row(4, 0.02, 1.3), row(3, 0.04, 1.5)));
    int point = differentPixels(two, three);
    assertTrue(point > 50 && point < 5000, point + " pixels");
  }

  @Test
  void drawsExtremeValues() throws IOException {
    draw(List.of(row(2, -0.5, 0.01), row(3, 1e9, 100), row(4, Double.NaN, 1)));
    draw(List.of());
  }
}
