package dev.lanewise.engine.sparse;

import dev.lanewise.model.config.ModelConfig;
import java.util.function.Supplier;

/** What is to be left out of every sequence, as options name it. */
public sealed interface SparsityChoice {
  /** Nothing. */
  SparsityChoice OFF = new Off();

  /** The forms that {@link #parse} takes, for people. */
  String FORMS = "off, coreinfer@SHARE (of the neurons that are kept; coreinfer alone keeps 0.4)";

  /**
   * Reads one of {@link #FORMS}.
   *
   * @throws IllegalArgumentException if it is none of them
   */
  static SparsityChoice parse(String text) {
    if (text.equals("off")) {
      return OFF;
    }
    String[] parts = text.split("@", 2);
    if (!parts[0].equals(KeepCoreNeurons.METHOD)) {
      throw wrong(text, "there are " + FORMS);
    }
    return new KeepCoreNeurons(parts.length == 1 ? KeepCoreNeurons.SHARE : number(text, parts[1]));
  }

  private static double number(String text, String number) {
    try {
      return Double.parseDouble(number);
    } catch (NumberFormatException none) {
      throw wrong(text, "'%s' is no number".formatted(number));
    }
  }

  private static IllegalArgumentException wrong(String text, String problem) {
    return new IllegalArgumentException("'%s' is no sparsity; %s".formatted(text, problem));
  }

  /** How it is decided what is left out; the same for all levels of a method. */
  String method();

  /** How much is kept or left out; empty where there is nothing to say. */
  String level();

  /** What each new sequence of a model leaves out, asked for once for each. */
  Supplier<Sparsity> forSequencesOf(ModelConfig model);

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
    public Supplier<Sparsity> forSequencesOf(ModelConfig model) {
      return () -> Sparsity.NONE;
    }

    @Override
    public String toString() {
      return method();
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
    public Supplier<Sparsity> forSequencesOf(ModelConfig model) {
      CoreInfer rule = CoreInfer.of(share, model.layers());
      return () -> new CoreNeurons(rule, model.layers(), model.ffnHidden());
    }

    @Override
    public String toString() {
      return method() + "@" + level();
    }
  }
}
