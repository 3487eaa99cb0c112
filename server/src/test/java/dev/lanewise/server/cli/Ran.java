package dev.lanewise.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import picocli.CommandLine;

/** What a command returned and printed, in this process or another. */
record Ran(int code, String out, String err) {
  /** Runs a command. */
  static Ran run(Map<String, String> environment, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commandLine = Lanewise.commandLine(environment);
    commandLine.setOut(new PrintWriter(out));
    commandLine.setErr(new PrintWriter(err));
    int code = commandLine.execute(arguments);
    return new Ran(code, out.toString(), err.toString());
  }

  /** That a command failed, and said why in a line that has this in it. */
  static void assertOneLine(int code, String part, Ran ran) {
    assertEquals(code, ran.code(), ran.err());
    String last =
        ran.err().lines().filter(line -> line.startsWith("lanewise: ")).toList().getLast();
    assertTrue(last.contains(part), last);
    assertFalse(ran.err().contains("\tat "), "no stack trace");
  }
}
