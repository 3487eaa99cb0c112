package dev.lanewise.server.cli;

import java.net.BindException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Tells what went wrong in one line on stderr; with LANEWISE_DEBUG=1 the stack trace follows. */
final class ErrorLine implements IExecutionExceptionHandler, IParameterExceptionHandler {
  private final Map<String, String> environment;
  private final boolean debug;

  ErrorLine(Map<String, String> environment) {
    this.environment = environment;
    debug = "1".equals(environment.get("LANEWISE_DEBUG"));
  }

  @Override
  public int handleExecutionException(
      Exception failure, CommandLine commandLine, ParseResult result) {
    if (failure instanceof ParameterException wrongUsage) {
      return handleParseException(wrongUsage, new String[0]);
    }
    commandLine.getErr().println("lanewise: " + describe(failure).replaceAll("\\R", " "));
    if (debug) {
      commandLine.getErr().println(commandLine.getColorScheme().richStackTraceString(failure));
    }
    return CommandLine.ExitCode.SOFTWARE;
  }

  @Override
  public int handleParseException(ParameterException failure, String[] arguments) {
    CommandLine commandLine = failure.getCommandLine();
    commandLine.getErr().println("lanewise: " + failure.getMessage() + origin(failure));
    if (failure.getCause() == null) {
      commandLine
          .getErr()
          .println("See: " + commandLine.getCommandSpec().qualifiedName() + " --help");
    }
    return CommandLine.ExitCode.USAGE;
  }

  /** Where a wrong value came from, if not from the command line. */
  private String origin(ParameterException failure) {
    if (failure.getArgSpec() instanceof OptionSpec option) {
      String variable = OptionSources.variable(OptionSources.longName(option));
      if (failure.getValue() != null && failure.getValue().equals(environment.get(variable))) {
        return " (from the environment variable " + variable + ")";
      }
    }
    return "";
  }

  private static String describe(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException) {
        return "cannot listen: "
            + cause.getMessage()
            + "; is another server running there? Choose another port with --port or --metrics-port.";
      }
    }
    return switch (failure) {
      case NoSuchFileException missing when missing.getReason() == null ->
          missing.getFile() + ": no such file or folder";
      case AccessDeniedException denied -> denied.getFile() + ": permission denied";
      case FileSystemException file when file.getReason() != null ->
          file.getFile() + ": " + file.getReason();
      default -> failure.getMessage() == null ? failure.toString() : failure.getMessage();
    };
  }
}
