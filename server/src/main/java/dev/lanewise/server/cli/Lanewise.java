package dev.lanewise.server.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.logging.LogManager;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code lanewise} command. */
@Command(
    name = "lanewise",
    description = "Runs large language models on ordinary CPUs.",
    mixinStandardHelpOptions = true,
    version = {"lanewise 0.1.0", "Java ${java.version} (${java.vm.name}), ${os.name} ${os.arch}"},
    subcommands = {
      ServeCommand.class,
      BatchCommand.class,
      RunCommand.class,
      ChatCommand.class,
      PullCommand.class,
      InspectCommand.class,
      RenderCommand.class,
      BenchCommand.class,
      CalibrateCommand.class,
      LoadCommand.class,
      PerplexityCommand.class,
      QualityCommand.class,
      QuantizeCommand.class,
      SynthCommand.class
    },
    footer = {
      "",
      "Examples:",
      "  lanewise serve                                 the model that comes along, on port 8080",
      "  lanewise serve --model llama.gguf --port 9000  another model, on another port",
      "  lanewise pull Qwen/Qwen2.5-0.5B-Instruct-GGUF  downloads one from a hub",
      "  lanewise run \"What is the capital of France?\"  one answer on stdout",
      "  lanewise chat                                  talk in the terminal",
      "",
      "Options also come from environment variables (LANEWISE_PORT=9000) and from a YAML file",
      "(--config FILE); the command line wins over the environment, and that over the file."
    })
public final class Lanewise implements Runnable {
  @Spec private CommandSpec spec;

  private Lanewise() {}

  /** Runs a command and exits with its code: 0 done, 1 failed, 2 wrong usage. */
  public static void main(String[] arguments) {
    configureLogging();
    System.exit(commandLine(System.getenv()).execute(arguments));
  }

  /** The command line, with an environment to take defaults from. */
  static CommandLine commandLine(Map<String, String> environment) {
    CommandLine commandLine = new CommandLine(new Lanewise());
    OptionSources sources = new OptionSources(environment);
    commandLine.setDefaultValueProvider(sources);
    commandLine.setExecutionExceptionHandler(new ErrorLine(environment));
    commandLine.setParameterExceptionHandler(new ErrorLine(environment));
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setUsageHelpWidth(100);
    commandLine.setExecutionStrategy(
        result -> {
          sources.checkFile(result);
          return new CommandLine.RunLast().execute(result);
        });
    return commandLine;
  }

  private static void configureLogging() {
    if (System.getProperty("java.util.logging.config.file") != null) {
      return;
    }
    try (InputStream settings =
        Lanewise.class.getResourceAsStream("/lanewise-logging.properties")) {
      LogManager.getLogManager().readConfiguration(settings);
    } catch (IOException unreadable) {
      System.err.println("lanewise: cannot configure logging: " + unreadable.getMessage());
    }
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command? See lanewise --help.");
  }
}
