package dev.lanewise.server;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The npm packages {@code openai} and {@code ai}, unchanged, against a real port. */
final class NodeClientsTest {
  @Test
  void allScenariosPass() throws Exception {
    ForeignClient node =
        ForeignClient.install(
            "node",
            "package-lock.json",
            List.of(
                List.of(
                    "npm",
                    "ci",
                    "--engine-strict",
                    "--ignore-scripts",
                    "--no-audit",
                    "--fetch-retries=1")));
    node.assertPasses(
        List.of("node", "--test", "--test-reporter=spec", "openai.test.js", "ai.test.js"), 4);
  }
}
