package dev.lanewise.server.cli;

import dev.lanewise.bench.quality.TextWindows;
import dev.lanewise.engine.Engine;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which text a model is to predict. */
final class TextOptions {
  @Option(
      names = "--text",
      paramLabel = "FILE",
      required = true,
      description = "The text, in UTF-8.")
  Path file;

  @Option(
      names = "--window",
      paramLabel = "TOKENS",
      defaultValue = "512",
      description = "Tokens of a window. Default: ${DEFAULT-VALUE}.")
  int window;

  /** The text. */
  String read() throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException("--text " + file + ": no such file");
    }
    try {
      return Files.readString(file);
    } catch (CharacterCodingException notUtf8) {
      throw new IllegalArgumentException("--text " + file + ": not in UTF-8", notUtf8);
    }
  }

  /** The windows of a text that was read, as tokens of a model. */
  TextWindows windows(String read, Engine engine) {
    return new TextWindows(engine.tokenizer().encode(read, false), window, engine.contextLength());
  }
}
