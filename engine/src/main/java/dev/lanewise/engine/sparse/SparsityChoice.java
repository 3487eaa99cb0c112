package dev.lanewise.engine.sparse;

import dev.lanewise.engine.InvalidRequest;
import dev.lanewise.model.config.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;

/** What is to be left out of every sequence, as options name it. */
public sealed interface SparsityChoice {
  /** Nothing. */
  SparsityChoice OFF = new Off();

  /** The forms that {@link #parse} takes, for people. */
  String FORMS =
      "off, FILE@TARGET (a file that lanewise calibrate wrote, and how much of it; FILE alone takes"
          + " all), coreinfer@SHARE (of the neurons that are kept; coreinfer alone keeps 0.4)";

  /**
   * Reads one of {@link #FORMS}.
   *
   * @throws IllegalArgumentException if it is none of them
   */
  static SparsityChoice parse(String text) {
    if (text.equals("off")) {
      return OFF;
    }
    int at = text.lastIndexOf('@');
    OptionalDouble level = at < 0 ? OptionalDouble.empty() : number(text.substring(at + 1));
    String name = level.isPresent() ? text.substring(0, at) : text;
    if (name.equals(KeepCoreNeurons.METHOD)) {
      return new KeepCoreNeurons(level.orElse(KeepCoreNeurons.SHARE));
    }
    if (!Files.isRegularFile(Path.of(name))) {
      throw wrong(text, "no such file, and there are " + FORMS);
    }
    return new CalibratedThresholds(Path.of(name), level);
  }

  private static OptionalDouble number(String text) {
    try {
      return OptionalDouble.of(Double.parseDouble(text));
    } catch (NumberFormatException none) {
      return OptionalDouble.empty();
    }
  }

  private static IllegalArgumentException wrong(String text, String problem) {
    return new IllegalArgumentException("'%s' is no sparsity; %s".formatted(text, problem));
  }

  /** How it is decided what is left out; the same for all levels of a method. */
  String method();

  /** How much is kept or left out; empty where there is nothing to say. */
  String level();

  /**
   * What the sequences of a model leave out.
   *
   * @param file of the model
   * @throws IOException if a file cannot be read
   * @throws dev.lanewise.model.ModelFormatException if a file is damaged or for another model
   * @throws dev.lanewise.engine.InvalidRequest if a file does not have as much
   */
  ModelSparsity forSequencesOf(Path file, ModelConfig model) throws IOException;

  /** Everything is computed. */
  record Off() implements SparsityChoice {
    @Override
    public String method() {
      return "off";
    }

    @Override
    public String level() {
      return "";
    }

    @Override
    public ModelSparsity forSequencesOf(Path file, ModelConfig model) {
      return ModelSparsity.OFF;
    }

    @Override
    public String toString() {
      return method();
    }
  }

  /**
   * What a file says is left out, the same for all sequences.
   *
   * @param target the most to leave out; empty for all that was calibrated
   */
  record CalibratedThresholds(Path file, OptionalDouble target) implements SparsityChoice {
    @Override
    public String method() {
      return file.getFileName().toString().replaceFirst("\\.json$", "");
    }

    @Override
    public String level() {
      return target.isPresent() ? Double.toString(target.getAsDouble()) : "";
    }

    @Override
    public ModelSparsity forSequencesOf(Path model, ModelConfig config) throws IOException {
      SparsityFile calibrated = SparsityFile.read(file, config, ModelHash.of(model));
      return new FileSparsity(calibrated, target.orElse(calibrated.target()));
    }

    @Override
    public String toString() {
      return target.isPresent() ? file + "@" + level() : file.toString();
    }
  }

  /**
   * A sequence keeps the {@link CoreNeurons} of its prompt.
   *
   * @param share the part of the neurons that is kept, above 0 up to 1
   */
  record KeepCoreNeurons(double share) implements SparsityChoice {
    private static final String METHOD = "coreinfer";

    /** The paper's. */
    private static final double SHARE = 0.4;

    /**
     * Checks the share.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public KeepCoreNeurons {
      if (!(share > 0 && share <= 1)) {
        throw wrong(METHOD + "@" + share, "the share is above 0 up to 1");
      }
    }

    @Override
    public String method() {
      return METHOD;
    }

    @Override
    public String level() {
      return Double.toString(share);
    }

    @Override
    public ModelSparsity forSequencesOf(Path file, ModelConfig model) {
      if (model.traits().experts().exist()) {
        throw new InvalidRequest(
            "sparsity", METHOD + " is for dense models; this one chooses experts by itself");
      }
      return new CoreSparsity(share, model);
    }

    @Override
    public String toString() {
      return method() + "@" + level();
    }
  }
}
