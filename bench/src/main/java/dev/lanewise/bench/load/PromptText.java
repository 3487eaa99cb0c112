package dev.lanewise.bench.load;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Prompts of about a wanted number of tokens: English words of at most three letters in random
 * order. Vocabularies have each of them, with the space before it, as one token.
 */
final class PromptText {
  private static final String[] WORDS =
      """
      the and for are but not you all any can had her was one our out day get has him his how man new
      now old see two way who boy did its let put say she too use act add age ago air art ask bad bag
      bar bed big bit box bus buy car cat cup cut dog dry due ear eat egg end eye far few fit fly fun
      gas got gun guy hit hot ice job key kid law lay led leg lie lot low map may men met mix nor off
      oil own pay per pop ran red rest row run sat sea set sex sir sit six sky son sun tax tea ten tie
      top try war why win won yes yet is it in of to we he as at be by do go if me my no on or so up us
      """
          .strip()
          .split("\\s+");

  private final long sharedSeed;

  /**
   * Texts that may have a beginning in common.
   *
   * @param sharedSeed decides the words of that beginning
   */
  PromptText(long sharedSeed) {
    this.sharedSeed = sharedSeed;
  }

  /**
   * Writes a prompt.
   *
   * @param words how many, and about as many tokens
   * @param shared how many of them, the first ones, are the same for all prompts
   * @param random draws the others
   */
  String write(int words, int shared, RandomGenerator random) {
    RandomGenerator beginning = new SplittableRandom(sharedSeed);
    StringBuilder text = new StringBuilder(4 * words);
    for (int i = 0; i < words; i++) {
      RandomGenerator from = i < shared ? beginning : random;
      text.append(i == 0 ? "" : " ").append(WORDS[from.nextInt(WORDS.length)]);
    }
    return text.toString();
  }
}
