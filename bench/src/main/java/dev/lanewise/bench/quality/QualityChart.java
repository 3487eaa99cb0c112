package dev.lanewise.bench.quality;

import dev.lanewise.engine.sparse.SparsityChoice;
import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.knowm.xchart.AnnotationLine;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.ChartTheme;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.lines.SeriesLines;

/**
 * Draws what is lost over what is won: the increase of the perplexity over the speed-up. The levels
 * of a method of sparsity are a line; other weights and caches are points.
 */
public final class QualityChart {
  private static final String DENSE = "weights and cache";
  private static final int WIDTH = 1200;
  private static final int HEIGHT = 600;

  /** An increase in percent that is marked by a line. */
  private static final double MARKED = 5;

  /** A larger increase is drawn here, without a label. */
  private static final double HIGHEST = 50;

  /** From a point to its label, as a share of the axis. */
  private static final double LABEL_DISTANCE = 0.03;

  private final List<Point> points;

  /** Of those rows whose speed was measured. */
  public QualityChart(List<QualityRow> rows) {
    boolean oneModel = rows.stream().map(QualityChart::model).distinct().count() == 1;
    points = new ArrayList<>();
    for (QualityRow row : rows) {
      row.quality()
          .difference()
          .filter(difference -> difference.speed().isPresent())
          .ifPresent(difference -> points.add(Point.of(row, difference, oneModel)));
    }
  }

  /** A row as it is drawn; {@code increase} in percent. */
  private record Point(String series, String label, double speedUp, double increase) {
    static Point of(QualityRow row, Quality.Difference difference, boolean oneModel) {
      double increase = 100 * difference.increase();
      SparsityChoice sparsity = row.sparsity();
      boolean dense = sparsity.equals(SparsityChoice.OFF);
      String series =
          dense ? "weights and cache" : sparsity.method() + (oneModel ? "" : ", " + model(row));
      String label = dense ? model(row) : sparsity.level();
      return new Point(series, label, difference.speed().orElseThrow().speedUp(), increase);
    }

    double height() {
      return Math.min(increase, HIGHEST);
    }
  }

  private static String model(QualityRow row) {
    return row.weights() + " " + row.kvCache();
  }

  /**
   * Writes the chart as a PNG, over a file that exists.
   *
   * @throws IOException if it cannot be written
   */
  public void write(Path file) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      BitmapEncoder.saveBitmap(chart(), out, BitmapEncoder.BitmapFormat.PNG);
    }
  }

  private XYChart chart() {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title("What is lost, and what is won")
            .xAxisTitle("speed of generation, times that of the row compared with")
            .yAxisTitle("increase of the perplexity, %")
            .theme(ChartTheme.Matlab)
            .build();
    double slowest = points.stream().mapToDouble(Point::speedUp).min().orElse(1);
    double fastest = points.stream().mapToDouble(Point::speedUp).max().orElse(1);
    double lowest = points.stream().mapToDouble(Point::height).min().orElse(0);
    double highest = points.stream().mapToDouble(Point::height).max().orElse(0);
    double bottom = Math.min(0, lowest) - 1;
    double top = Math.max(MARKED, highest) * 1.1 + 1;
    chart
        .getStyler()
        .setXAxisMin(Math.min(1, slowest) - 0.05)
        .setXAxisMax(Math.max(1, fastest) + 0.05)
        .setYAxisMin(bottom)
        .setYAxisMax(top)
        .setXAxisDecimalPattern("0.00")
        .setYAxisDecimalPattern("0.#")
        .setLegendPosition(LegendPosition.OutsideE)
        .setAnnotationLineColor(Color.GRAY)
        .setAnnotationLineStroke(
            new BasicStroke(
                1, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 1, new float[] {6, 4}, 0));
    Map<String, List<Point>> series =
        points.stream()
            .sorted(Comparator.comparingDouble(Point::increase))
            .collect(Collectors.groupingBy(Point::series, LinkedHashMap::new, Collectors.toList()));
    series.forEach(
        (name, of) -> {
          XYSeries line =
              chart.addSeries(
                  name,
                  of.stream().mapToDouble(Point::speedUp).toArray(),
                  of.stream().mapToDouble(Point::height).toArray());
          if (name.equals(DENSE)) {
            line.setLineStyle(SeriesLines.NONE);
          }
        });
    chart.addAnnotation(new AnnotationLine(MARKED, false, false));
    // Those of the points at the top would cover each other.
    for (Point point : points) {
      if (point.increase() < HIGHEST) {
        double above = point.increase() + LABEL_DISTANCE * (top - bottom);
        chart.addAnnotation(new AnnotationText(point.label(), point.speedUp(), above, false));
      }
    }
    return chart;
  }
}
