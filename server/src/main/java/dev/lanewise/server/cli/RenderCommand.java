package dev.lanewise.server.cli;

import dev.lanewise.engine.Prompts;
import dev.lanewise.model.StoredModel;
import dev.lanewise.model.chat.Span;
import dev.lanewise.model.tokenizer.Tokenizer;
import dev.lanewise.server.openai.Conversation;
import dev.lanewise.server.openai.TokenPiece;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lanewise render}. */
@Command(
    name = "render",
    description =
        "Shows the prompt that a chat request becomes. Reads the body of the request from stdin;"
            + " the prompt, and nothing else, goes to stdout. Loads no weights.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  lanewise render < request.json",
      "  lanewise render --tokens --chat-template new.jinja < request.json"
    })
final class RenderCommand implements Callable<Integer> {
  @Option(
      names = "--tokens",
      description = "Show the tokens instead: a line for each, with its id and its piece as JSON.")
  private boolean tokens;

  @Mixin private ModelFile model;
  @Mixin private ChatTemplateOption template;
  @Mixin LoadOptions.ConfigOption config;

  @Override
  public Integer call() throws Exception {
    Path file = model.path();
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    try (StoredModel stored = StoredModel.open(file)) {
      Tokenizer tokenizer = Tokenizer.of(stored.metadata(), file);
      Prompts prompts = Prompts.of(tokenizer, stored.metadata(), template.template());
      Conversation conversation = Conversation.read(System.in.readAllBytes());
      if (tokens) {
        for (int id : conversation.encode(prompts)) {
          out.println(id + "\t" + TokenPiece.json(tokenizer.pieceOf(id)));
        }
      } else {
        conversation.render(prompts).stream().map(Span::text).forEach(out::print);
      }
    }
    out.flush();
    return 0;
  }
}
