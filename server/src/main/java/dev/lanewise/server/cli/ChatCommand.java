package dev.lanewise.server.cli;

import dev.lanewise.engine.Engine;
import dev.lanewise.engine.Generation;
import dev.lanewise.engine.GenerationRequest;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lanewise chat}. */
@Command(
    name = "chat",
    description = "A conversation in the terminal.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "In the conversation: /clear forgets it, /exit or Ctrl-D leaves; Ctrl-C stops an answer."
    })
final class ChatCommand implements Callable<Integer> {
  @Option(names = "--system", paramLabel = "TEXT", description = "Instructions for the model.")
  private String system;

  @Mixin private SamplingOptions sampling;
  @Mixin private ModelOptions model;
  @Mixin private ChatTemplateOption template;
  @Mixin private SparsityOption sparsity;
  @Mixin private ModelOptions.ThreadsOption threads;
  @Spec private CommandSpec spec;

  private final List<Map<String, Object>> messages = new ArrayList<>();

  @Override
  public Integer call() throws Exception {
    try (LoadingDisplay display = new LoadingDisplay(spec.commandLine().getErr());
        Engine engine = model.load(threads, template, sparsity, sampling.ofModel(), display)) {
      display.clear();
      engine.checkGenerates();
      if (!engine.hasChatTemplate()) {
        throw new IllegalArgumentException(
            engine.modelPath() + " has no chat template; use lanewise run --raw");
      }
      talk(engine);
    }
    return 0;
  }

  private void talk(Engine engine) throws IOException, InterruptedException {
    try (Terminal terminal = TerminalBuilder.builder().system(true).dumb(true).build()) {
      LineReader reader = LineReaderBuilder.builder().terminal(terminal).build();
      terminal
          .writer()
          .println(engine.modelName() + ". /clear forgets the conversation, /exit leaves.");
      forget();
      while (true) {
        Optional<String> line = readLine(reader);
        if (line.isEmpty() || line.get().equals("/exit")) {
          return;
        }
        if (line.get().equals("/clear")) {
          forget();
        } else if (!line.get().isEmpty()) {
          messages.add(Map.of("role", "user", "content", line.get()));
          String answer = answer(engine, terminal);
          messages.add(Map.of("role", "assistant", "content", answer));
        }
      }
    }
  }

  private void forget() {
    messages.clear();
    if (system != null) {
      messages.add(Map.of("role", "system", "content", system));
    }
  }

  /** The next line; empty at the end of the input. */
  private static Optional<String> readLine(LineReader reader) {
    try {
      return Optional.of(reader.readLine("> ").strip());
    } catch (EndOfFileException | UserInterruptException end) {
      return Optional.empty();
    }
  }

  private String answer(Engine engine, Terminal terminal) throws InterruptedException {
    int[] prompt = engine.encodeChat(Map.of("messages", messages, "add_generation_prompt", true));
    Generation generation =
        engine.submit(
            new GenerationRequest(
                prompt, sampling.maxTokens(), sampling.sampling(engine.sampling()), List.of()));
    Terminal.SignalHandler before =
        terminal.handle(Terminal.Signal.INT, signal -> generation.cancel());
    StringBuilder answer = new StringBuilder();
    PrintWriter out = terminal.writer();
    try {
      for (Optional<String> piece = generation.nextText();
          piece.isPresent();
          piece = generation.nextText()) {
        answer.append(piece.get());
        out.print(piece.get());
        out.flush();
      }
    } finally {
      terminal.handle(Terminal.Signal.INT, before);
    }
    out.println();
    out.flush();
    return answer.toString();
  }
}
