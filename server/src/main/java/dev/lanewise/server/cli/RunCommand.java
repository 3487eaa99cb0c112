package dev.lanewise.server.cli;

import dev.lanewise.engine.Engine;
import dev.lanewise.engine.Generation;
import dev.lanewise.engine.GenerationRequest;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lanewise run}. */
@Command(
    name = "run",
    description = "Answers one prompt; the answer, and nothing else, goes to stdout.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  lanewise run \"Why is the sky blue?\"",
      "  lanewise run --system \"Answer in one word.\" \"Capital of Japan?\" --temperature 0",
      "  cat letter.txt | lanewise run - --max-tokens 100"
    })
final class RunCommand implements Callable<Integer> {
  @Parameters(paramLabel = "PROMPT", description = "The prompt; - reads it from stdin.")
  private String prompt;

  @Option(names = "--system", paramLabel = "TEXT", description = "Instructions for the model.")
  private String system;

  @Option(names = "--raw", description = "Continue the prompt as text, without the chat template.")
  private boolean raw;

  @Mixin private SamplingOptions sampling;
  @Mixin private ModelOptions model;
  @Mixin private ChatTemplateOption template;
  @Mixin private SparsityOption sparsity;
  @Mixin private ModelOptions.ThreadsOption threads;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    String text =
        prompt.equals("-") ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8) : prompt;
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    try (LoadingDisplay display = new LoadingDisplay(spec.commandLine().getErr());
        Engine engine = model.load(threads, template, sparsity, sampling.ofModel(), display)) {
      display.clear();
      Generation answer =
          engine.submit(
              new GenerationRequest(
                  encode(engine, text),
                  sampling.maxTokens(),
                  sampling.sampling(engine.sampling()),
                  List.of()));
      for (Optional<String> piece = answer.nextText();
          piece.isPresent() && !out.checkError();
          piece = answer.nextText()) {
        out.print(piece.get());
        out.flush();
      }
    }
    out.println();
    out.flush();
    return 0;
  }

  private int[] encode(Engine engine, String text) {
    if (raw || !engine.hasChatTemplate()) {
      return engine.encodePrompt(text);
    }
    List<Map<String, Object>> messages = new ArrayList<>();
    if (system != null) {
      messages.add(Map.of("role", "system", "content", system));
    }
    messages.add(Map.of("role", "user", "content", text));
    return engine.encodeChat(Map.of("messages", messages, "add_generation_prompt", true));
  }
}
