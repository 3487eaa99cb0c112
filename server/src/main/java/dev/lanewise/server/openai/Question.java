package dev.lanewise.server.openai;

import dev.lanewise.engine.Engine;
import dev.lanewise.engine.GenerationRequest;
import java.util.List;

/** A checked request of one of the endpoints that generate. */
interface Question {
  /** What is common to both. */
  AnswerOptions options();

  /** The work of the engine, the answers to one prompt after the other. */
  List<GenerationRequest> requests(Engine engine, Caller caller);

  /** The form of the answer to {@link #requests}. */
  AnswerShape shape(Engine engine, List<GenerationRequest> requests, String model);
}
