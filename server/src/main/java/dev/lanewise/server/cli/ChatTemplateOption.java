package dev.lanewise.server.cli;

import dev.lanewise.model.chat.ChatTemplate;
import dev.lanewise.model.chat.TemplateException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which chat template. */
final class ChatTemplateOption {
  @Option(
      names = "--chat-template",
      paramLabel = "FILE",
      description = "Chat template in Jinja, in UTF-8, to use in the place of the model's.")
  private Path file;

  /**
   * The template, if one is named.
   *
   * @throws IllegalArgumentException if it does not compile
   * @throws IOException if it cannot be read
   */
  Optional<ChatTemplate> template() throws IOException {
    if (file == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(ChatTemplate.compile(Files.readString(file)));
    } catch (TemplateException wrong) {
      throw new IllegalArgumentException(
          "--chat-template %s: line %d, column %d: %s"
              .formatted(file, wrong.line(), wrong.column(), wrong.getMessage()),
          wrong);
    } catch (CharacterCodingException notUtf8) {
      throw new IllegalArgumentException("--chat-template " + file + ": not in UTF-8", notUtf8);
    }
  }
}
