package dev.lanewise.server.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Whether results are drawn, and where. */
final class ChartOption {
  @Option(
      names = "--chart",
      paramLabel = "FILE.png",
      description = "Draws the results too, as a PNG.")
  private Path file;

  /** Whether there is to be a chart. */
  boolean isWanted() {
    return file != null;
  }

  /** Where it goes. */
  Path file() {
    return file;
  }

  /** Refuses a file that could not be written: before a long run, not after it. */
  void check(CommandSpec spec) {
    if (file == null) {
      return;
    }
    if (!file.toString().endsWith(".png")) {
      throw new ParameterException(
          spec.commandLine(), "--chart writes PNG files; '%s' should end in .png".formatted(file));
    }
    if (!Files.isDirectory(file.toAbsolutePath().getParent())) {
      throw new ParameterException(
          spec.commandLine(), "--chart %s: there is no such folder".formatted(file));
    }
    if (ModuleLayer.boot().findModule("java.desktop").isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "--chart: the Java runtime of the container image cannot draw; leave it out, or run this"
              + " command with a JDK");
    }
    System.setProperty("java.awt.headless", "true"); // before the chart loads AWT
  }
}
