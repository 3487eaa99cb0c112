package dev.lanewise.model.hub;

import dev.lanewise.model.UnsupportedModel;
import java.util.List;

/**
 * How the {@code pre_tokenizer} of a {@code tokenizer.json} cuts text into words for a unigram
 * model.
 *
 * @param splitsAtSpace whether all space ends a word and is left out
 * @param spacePrefix as {@link TextSteps#spacePrefix}
 * @param splitsBeforeSpaces whether a word begins at each U+2581
 */
record WordSteps(boolean splitsAtSpace, String spacePrefix, boolean splitsBeforeSpaces) {
  private static final String SUPPORTED = "Metaspace, alone or behind WhitespaceSplit";

  /**
   * Reads the steps.
   *
   * @throws UnsupportedModel if they are others than these
   */
  static WordSteps read(JsonFields tokenizer) {
    List<JsonFields> steps = TextSteps.steps(tokenizer, "pre_tokenizer", "pretokenizers");
    boolean splitsAtSpace = steps.size() == 2 && type(steps.getFirst()).equals("WhitespaceSplit");
    if (steps.size() != (splitsAtSpace ? 2 : 1)) {
      throw new UnsupportedModel(
          tokenizer.file(), "a pre_tokenizer of " + steps.size() + " steps", SUPPORTED);
    }
    JsonFields last = steps.getLast();
    if (!type(last).equals("Metaspace")) {
      throw last.unsupported("type", SUPPORTED);
    }
    return new WordSteps(
        splitsAtSpace, TextSteps.spacePrefix(last), last.optBool("split").orElse(true));
  }

  private static String type(JsonFields step) {
    return step.string("type");
  }
}
