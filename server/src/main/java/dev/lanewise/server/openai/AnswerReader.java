package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.engine.FinishReason;
import dev.lanewise.engine.Generation;
import dev.lanewise.engine.GenerationFailed;
import dev.lanewise.engine.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads the answers to one request as they come, and puts them into their shape. One thread reads;
 * any may {@link #cancel}.
 */
final class AnswerReader {
  private final List<Generation> generations;
  private final AnswerShape shape;
  private final boolean[] begun;
  private final Result[] results;
  private int ended;

  AnswerReader(List<Generation> generations, AnswerShape shape) {
    this.generations = generations;
    this.shape = shape;
    begun = new boolean[generations.size()];
    results = new Result[generations.size()];
  }

  AnswerShape shape() {
    return shape;
  }

  /** Waits for something to read, but no longer than {@code most}; returns whether there is. */
  boolean await(Duration most) throws InterruptedException {
    return Generation.awaitAny(generations, most);
  }

  /**
   * Waits for something to read, and returns the chunks it makes, perhaps none.
   *
   * @throws GenerationFailed if one of the answers failed, after all chunks were returned
   */
  List<ObjectNode> next() throws InterruptedException {
    Generation.awaitAny(generations);
    List<ObjectNode> chunks = new ArrayList<>();
    for (int i = 0; i < results.length; i++) {
      if (results[i] == null) {
        try {
          read(i, chunks);
        } catch (GenerationFailed failure) {
          if (chunks.isEmpty()) {
            throw failure;
          }
          break; // what came before is sent first; the next call fails again
        }
      }
    }
    return chunks;
  }

  /**
   * Reads all answers to their ends; afterwards none goes on.
   *
   * @throws GenerationFailed if one of the answers failed
   */
  void readAll() throws InterruptedException {
    try {
      while (!isOver()) {
        next();
      }
    } finally {
      cancel(); // those that are left if one failed
    }
  }

  private void read(int answer, List<ObjectNode> chunks) {
    Generation generation = generations.get(answer);
    Optional<String> text = generation.pollText();
    if (!begun[answer] && (text.isPresent() || generation.isOver())) {
      begun[answer] = true;
      shape.prompt(answer, generation.promptLogprobs()).ifPresent(chunks::add);
    }
    while (text.isPresent()) {
      chunks.addAll(
          shape.text(answer, text.get(), generation.takeTokens(), generation.tokensRead()));
      text = generation.pollText();
    }
    if (generation.isOver()) {
      results[answer] = generation.result();
      ended++;
      if (results[answer].finish() != FinishReason.CANCELLED) {
        chunks.addAll(shape.end(answer, results[answer], generation.takeTokens()));
      }
    }
  }

  /** Whether all answers have ended. */
  boolean isOver() {
    return ended == results.length;
  }

  /** Whether one of the answers was given up. */
  boolean isCancelled() {
    return results().stream().anyMatch(result -> result.finish() == FinishReason.CANCELLED);
  }

  /** How the answers ended, once all have. */
  List<Result> results() {
    return List.of(results);
  }

  /** Gives up all answers. */
  void cancel() {
    generations.forEach(Generation::cancel);
  }
}
