package dev.lanewise.bench.load;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.ChartTheme;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws a run, one line or colour for each class of requests. */
public final class LoadChart {
  private static final int WIDTH = 1000;
  private static final int HEIGHT = 380;
  private static final int LEAST_BINS = 20;
  private static final int MOST_BINS = 200;
  private static final int CURVE_POINTS = 200;
  private static final double LEAST_MILLIS = 0.1;

  private final LoadResult result;

  /** A chart of what was measured. */
  public LoadChart(LoadResult result) {
    this.result = result;
  }

  /**
   * Writes the chart as a PNG, over a file that exists.
   *
   * @throws IOException if it cannot be written
   */
  public void write(Path file) throws IOException {
    List<XYChart> charts = List.of(texts(), latencies(), gaps());
    try (OutputStream out = Files.newOutputStream(file)) {
      BitmapEncoder.saveBitmap(charts, charts.size(), 1, out, BitmapEncoder.BitmapFormat.PNG);
    }
  }

  /** How many pieces of text came a second. */
  private XYChart texts() {
    XYChart chart = chart("Pieces of text received", "time, s", "per second");
    int bins = (int) Math.clamp(Math.ceil(result.seconds()), LEAST_BINS, MOST_BINS);
    double width = result.seconds() / bins;
    double[] times = IntStream.range(0, bins).mapToDouble(bin -> (bin + 0.5) * width).toArray();
    for (Traffic traffic : result.traffic()) {
      double[] rates = new double[bins];
      for (Outcome outcome : result.of(traffic)) {
        for (long time : outcome.textTimes()) {
          rates[Math.min(bins - 1, (int) (at(time) / width))] += 1 / width;
        }
      }
      line(chart, traffic, times, rates);
    }
    return chart;
  }

  /** Times to the first piece of text; of whole answers, those to the end. */
  private XYChart latencies() {
    XYChart chart = chart("Time to the first token, or to a whole answer", "sent at, s", "ms");
    chart.getStyler().setDefaultSeriesRenderStyle(XYSeriesRenderStyle.Scatter).setMarkerSize(6);
    for (Traffic traffic : result.traffic()) {
      List<Outcome> answered = result.of(traffic).stream().filter(Outcome::hasAnswer).toList();
      if (!answered.isEmpty()) {
        double[] sent = answered.stream().mapToDouble(o -> at(o.started())).toArray();
        double[] millis =
            answered.stream().mapToDouble(o -> (o.firstAnswer() - o.started()) / 1e6).toArray();
        chart.addSeries(traffic.name(), sent, millis);
      }
    }
    return chart;
  }

  /** Which part of the times between tokens is not longer than so many milliseconds. */
  private XYChart gaps() {
    XYChart chart = chart("Times between tokens, shortest to longest", "percent", "ms");
    chart.getStyler().setYAxisLogarithmic(true);
    for (Traffic traffic : result.traffic()) {
      double[] gaps =
          result.of(traffic).stream()
              .flatMapToLong(Outcome::gaps)
              .mapToDouble(gap -> Math.max(LEAST_MILLIS, gap / 1e6))
              .sorted()
              .toArray();
      int points = Math.min(CURVE_POINTS, gaps.length);
      double[] percent = new double[points];
      double[] millis = new double[points];
      for (int i = 0; i < points; i++) {
        percent[i] = 100.0 * (i + 1) / points;
        millis[i] = gaps[(int) ((i + 1L) * gaps.length / points) - 1];
      }
      line(chart, traffic, percent, millis);
    }
    return chart;
  }

  private static void line(XYChart chart, Traffic traffic, double[] x, double[] y) {
    if (x.length > 0) {
      chart.addSeries(traffic.name(), x, y).setMarker(SeriesMarkers.NONE);
    }
  }

  /** Seconds from the start. */
  private double at(long time) {
    return (time - result.start()) / 1e9;
  }

  private static XYChart chart(String title, String horizontal, String vertical) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle(horizontal)
            .yAxisTitle(vertical)
            .theme(ChartTheme.Matlab)
            .build();
    chart.getStyler().setXAxisMin(0.0).setXAxisDecimalPattern("0.#");
    return chart;
  }
}
