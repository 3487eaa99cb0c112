package dev.lanewise.server.cli;

import dev.lanewise.server.hub.ModelReference;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lanewise pull}. */
@Command(
    name = "pull",
    description =
        "Downloads a model from a hub, or what is new of it; its path, and nothing else, goes to"
            + " stdout.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  lanewise pull Qwen/Qwen2.5-0.5B-Instruct-GGUF:Q4_0",
      "  lanewise serve --model Qwen/Qwen2.5-0.5B-Instruct-GGUF:Q4_0"
    })
final class PullCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "OWNER/NAME[:FILE]",
      description =
          "The model. FILE is the name of a file, or a tag like Q4_0 that one GGUF file has in its"
              + " name. Default: the only GGUF file, or the one of Q4_K_M, or the safetensors.")
  private String model;

  @Mixin private HubOptions hub;
  @Mixin LoadOptions.ConfigOption config;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    ModelReference reference =
        ModelReference.parse(model)
            .orElseThrow(
                () ->
                    new ParameterException(
                        spec.commandLine(),
                        "'%s' is no model of a hub; write OWNER/NAME or OWNER/NAME:FILE"
                            .formatted(model)));
    Path path = hub.pull(reference, spec.commandLine().getErr());
    spec.commandLine().getOut().println(path);
    spec.commandLine().getOut().flush();
    return 0;
  }
}
