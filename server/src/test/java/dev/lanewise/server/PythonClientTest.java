package dev.lanewise.server;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The Python package {@code openai}, unchanged, against a real port. */
final class PythonClientTest {
  @Test
  void allScenariosPass() throws Exception {
    ForeignClient python =
        ForeignClient.install(
            "python",
            "requirements.txt",
            List.of(
                List.of("python3", "-m", "venv", "--clear", "venv"),
                List.of(
                    "venv/bin/python",
                    "-m",
                    "pip",
                    "install",
                    "--no-deps",
                    "--only-binary=:all:",
                    "--retries=1",
                    "--requirement=requirements.txt")));
    python.assertPasses(List.of("venv/bin/python", "openai_test.py"), 1);
  }
}
