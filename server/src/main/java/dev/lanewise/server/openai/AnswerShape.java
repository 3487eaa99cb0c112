package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.engine.Result;
import dev.lanewise.engine.TokenLogprobs;
import java.util.List;
import java.util.Optional;

/**
 * The JSON of the answers to one request, whole or in chunks. It takes the text of each answer as
 * it comes, piece after piece. For one thread at a time.
 */
interface AnswerShape {
  /** The id of the answer. */
  String id();

  /** Chunks that come before any text. */
  List<ObjectNode> opening();

  /**
   * The chunks that a piece of text makes, perhaps none.
   *
   * @param answer which of the requests
   * @param tokens the tokens of the piece, if they were asked for
   * @param tokensRead of this answer so far
   */
  List<ObjectNode> text(int answer, String text, List<TokenLogprobs> tokens, int tokensRead);

  /** The chunks that end an answer, with the tokens that are left. */
  List<ObjectNode> end(int answer, Result result, List<TokenLogprobs> tokens);

  /** Whether each event of a stream has its type as its name, and the last one shows as such. */
  default boolean namesEvents() {
    return false;
  }

  /** The event that ends a stream when an answer failed. */
  default ObjectNode failure(ApiError error) {
    return error.toJson();
  }

  /** The chunk that tells the number of tokens, once all answers have ended. */
  ObjectNode usage();

  /** All answers, once they have ended. */
  ObjectNode whole();

  /**
   * Probabilities of the prompt of an answer, before any of its text; most shapes have no use for
   * them.
   */
  default Optional<ObjectNode> prompt(int answer, List<TokenLogprobs> tokens) {
    return Optional.empty();
  }
}
