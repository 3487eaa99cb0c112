package dev.lanewise.engine;

import dev.lanewise.engine.grammar.Constraint;
import java.util.Optional;

/**
 * What an answer must be.
 *
 * @param constraint from {@link Engine#constraint}
 * @param trigger the text behind which the answer must follow the constraint; before, and without
 *     it, anything goes. Empty if it must from the start
 */
public record AnswerConstraint(Constraint constraint, Optional<String> trigger) {
  /** Throws {@link InvalidRequest} for an empty trigger. */
  public AnswerConstraint {
    if (trigger.isPresent() && trigger.get().isEmpty()) {
      throw new InvalidRequest("trigger", "is empty");
    }
  }
}
