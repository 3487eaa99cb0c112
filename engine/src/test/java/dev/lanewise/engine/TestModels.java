package dev.lanewise.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** The model files of the tests. */
final class TestModels {
  private static final Path MODELS = Path.of(System.getProperty("lanewise.models"));
  static final Path DEFAULT = MODELS.resolve("SmolLM2-135M-Instruct.Q4_1.gguf");
  static final Path RUNS = MODELS.resolve("reference/runs.jsonl");
  static final Path TINY = MODELS.resolve("tiny/llama/model.gguf");

  private TestModels() {}

  static Engine load(Path model, EngineOptions options) throws IOException {
    return Engine.load(model, options, LoadProgress.SILENT);
  }

  /** All text of a generation. */
  static String read(Generation generation) throws InterruptedException {
    StringBuilder all = new StringBuilder();
    for (Optional<String> text = generation.nextText();
        text.isPresent();
        text = generation.nextText()) {
      all.append(text.get());
    }
    return all.toString();
  }
}
