package dev.lanewise.engine;

import dev.lanewise.engine.sample.LogprobReader;
import dev.lanewise.engine.sample.Sampler;
import dev.lanewise.model.tokenizer.Tokenizer;
import java.util.Optional;

/**
 * Chooses the tokens of one sequence, as its request says. For the engine thread.
 *
 * <p>The logits are changed in place: each row belongs to one sequence and is overwritten by the
 * next pass.
 */
final class TokenChooser {
  private final GenerationRequest request;
  private final Sampler sampler;
  private final LogprobReader reader;
  private final int[] endOfGeneration;
  private final int[] stopTokens;
  private final Optional<ConstrainedText> constrained;
  private TokenLogprobs logprobs;

  /**
   * A chooser before the first token.
   *
   * @param sampler of this sequence
   * @param reader shared with others
   */
  TokenChooser(
      GenerationRequest request, Sampler sampler, LogprobReader reader, Tokenizer tokenizer) {
    this.request = request;
    this.sampler = sampler;
    this.reader = reader;
    endOfGeneration = tokenizer.endOfGeneration();
    constrained =
        request
            .constraint()
            .map(
                wanted ->
                    new ConstrainedText(wanted, tokenizer, request.details().visibleTokens()));
    stopTokens = request.ending().stopTokens().stream().mapToInt(token -> token).toArray();
    sampler.prompt(request.prompt());
  }

  /**
   * The next token, by the logits that start at {@code from}, or {@link Sampler#NOTHING} if none
   * may follow.
   *
   * @param generated tokens of the answer so far
   */
  int next(float[] logits, int from, int generated) {
    if (request.details().logprobs().isPresent()) {
      reader.take(logits, from);
    }
    sampler.change(logits, from);
    Ending ending = request.ending();
    if (generated < ending.minTokens() || ending.ignoreEos()) {
      forbid(endOfGeneration, logits, from);
    }
    if (generated < ending.minTokens()) {
      forbid(stopTokens, logits, from);
    }
    if (constrained.isPresent()) {
      constrained.get().restrict(logits, from);
    }
    int token = sampler.sample(logits, from);
    if (token != Sampler.NOTHING) {
      sampler.answer(token);
      if (constrained.isPresent()) {
        constrained.get().accept(token);
      }
      logprobs =
          request.details().logprobs().isPresent()
              ? reader.of(token, request.details().logprobs().getAsInt())
              : null;
    }
    return token;
  }

  private static void forbid(int[] tokens, float[] logits, int from) {
    for (int token : tokens) {
      logits[from + token] = Sampler.FORBIDDEN;
    }
  }

  /** Whether the answer is complete, so that no token may follow. */
  boolean mustEnd() {
    return constrained.isPresent() && constrained.get().mustEnd();
  }

  /** Whether a token ends the answer without being part of it. */
  boolean ends(int token) {
    return token == Sampler.NOTHING
        || contains(endOfGeneration, token)
        || contains(stopTokens, token);
  }

  private static boolean contains(int[] tokens, int token) {
    for (int one : tokens) {
      if (one == token) {
        return true;
      }
    }
    return false;
  }

  /** How likely the last token was; null if nobody asks. */
  TokenLogprobs logprobs() {
    return logprobs;
  }

  /** How likely a token of the prompt is by the logits before it. */
  TokenLogprobs ofPrompt(float[] logits, int from, int token) {
    reader.take(logits, from);
    return reader.of(token, request.details().logprobs().getAsInt());
  }
}
