package dev.lanewise.server.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.lanewise.server.openai.SpellingDistance;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Values of options that are not on the command line: from the environment ({@code --max-tokens} is
 * {@code LANEWISE_MAX_TOKENS}), then from a YAML file whose keys are the options' long names.
 */
final class OptionSources implements IDefaultValueProvider {
  private static final String CONFIG = "config";
  private static final Set<String> NOT_SETTINGS = Set.of("help", "version", CONFIG, "output");

  private final Map<String, String> environment;
  private Path loaded;
  private JsonNode settings;

  OptionSources(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public String defaultValue(ArgSpec argument) {
    if (!(argument instanceof OptionSpec option) || option.usageHelp() || option.versionHelp()) {
      return null;
    }
    String name = longName(option);
    String fromEnvironment = environment.get(variable(name));
    if (fromEnvironment != null && !fromEnvironment.isEmpty()) {
      return fromEnvironment;
    }
    JsonNode value = name.equals(CONFIG) ? null : settings(option.command()).get(name);
    return value == null || value.isNull() ? null : value.asText();
  }

  static String longName(OptionSpec option) {
    return option.longestName().replaceFirst("^--", "");
  }

  static String variable(String name) {
    return "LANEWISE_" + name.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  /** Refuses keys of the file that are options of no command. */
  void checkFile(ParseResult result) {
    CommandLine root = result.commandSpec().root().commandLine();
    Set<String> known = new TreeSet<>();
    for (CommandLine command : root.getSubcommands().values()) {
      command.getCommandSpec().options().forEach(option -> known.add(longName(option)));
    }
    known.removeAll(NOT_SETTINGS);
    CommandSpec last =
        result.subcommand() == null ? result.commandSpec() : result.subcommand().commandSpec();
    for (Iterator<String> keys = settings(last).fieldNames(); keys.hasNext(); ) {
      String key = keys.next();
      if (!known.contains(key)) {
        throw new ParameterException(
            last.commandLine(),
            "%s: unknown key '%s'; did you mean '%s'?"
                .formatted(loaded, key, SpellingDistance.nearest(key, known)));
      }
    }
  }

  /** The settings of the file that the command names, empty where it names none. */
  private JsonNode settings(CommandSpec command) {
    OptionSpec option = command.findOption("--" + CONFIG);
    Path named = option == null ? null : option.getValue();
    if (named == null) {
      String variable = environment.get(variable(CONFIG));
      named = variable == null || variable.isEmpty() ? null : Path.of(variable);
    }
    if (settings == null || (named != null && !named.equals(loaded))) {
      settings = named == null ? new ObjectMapper().createObjectNode() : read(named, command);
      loaded = named;
    }
    return settings;
  }

  private static JsonNode read(Path file, CommandSpec command) {
    ObjectMapper yaml = new ObjectMapper(new YAMLFactory());
    try {
      if (!Files.isRegularFile(file)) {
        throw new ParameterException(command.commandLine(), file + ": no such file");
      }
      JsonNode root = yaml.readTree(Files.readString(file));
      if (root == null || root.isMissingNode() || root.isNull()) {
        return yaml.createObjectNode();
      }
      if (!root.isObject()) {
        throw new ParameterException(
            command.commandLine(), file + ": should be lines of the form 'option: value'");
      }
      for (Map.Entry<String, JsonNode> entry : root.properties()) {
        if (entry.getValue().isContainerNode()) {
          throw new ParameterException(
              command.commandLine(),
              "%s: '%s' should have a single value".formatted(file, entry.getKey()));
        }
      }
      return root;
    } catch (JsonProcessingException malformed) {
      throw new ParameterException(
          command.commandLine(),
          "%s: line %d: %s"
              .formatted(
                  file, malformed.getLocation().getLineNr(), malformed.getOriginalMessage()));
    } catch (IOException unreadable) {
      throw new ParameterException(
          command.commandLine(), file + ": cannot be read: " + unreadable.getMessage());
    }
  }
}
