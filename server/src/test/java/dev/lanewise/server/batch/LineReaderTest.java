package dev.lanewise.server.batch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lines of any length, wherever they meet the ends of the reader's buffer. */
final class LineReaderTest {
  private static List<LineReader.Line> read(String text, int longest) throws IOException {
    List<LineReader.Line> lines = new ArrayList<>();
    try (LineReader reader =
        new LineReader(new ByteArrayInputStream(text.getBytes(UTF_8)), longest)) {
      for (Optional<LineReader.Line> line = reader.next(); line.isPresent(); line = reader.next()) {
        lines.add(line.get());
      }
    }
    return lines;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 65_534, 65_535, 65_536, 65_537, 131_071, 131_072, 200_000})
  void aLineIsReadWholeAndTheNextOneBeginsBehindIt(int length) throws IOException {
    String text = "x".repeat(length);
    List<LineReader.Line> lines = read(text + "\n\nend", 200_000);
    assertEquals(3, lines.size());
    assertEquals(text, new String(lines.getFirst().bytes(), UTF_8));
    assertTrue(lines.getFirst().whole());
    assertEquals(length + 1, lines.getFirst().end());
    assertTrue(lines.get(1).isBlank() && lines.get(1).whole());
    assertEquals("end", new String(lines.get(2).bytes(), UTF_8));
    assertEquals(3, lines.get(2).number());
    assertFalse(lines.get(2).whole());
    assertEquals(length + 5, lines.get(2).end());
  }

  @ParameterizedTest
  @ValueSource(ints = {11, 65_535, 65_536, 300_000})
  void aLineThatIsTooLongIsPassedOver(int length) throws IOException {
    List<LineReader.Line> lines = read("x".repeat(length) + "\n0123456789\n", 10);
    assertEquals(2, lines.size());
    assertTrue(lines.getFirst().tooLong());
    assertFalse(lines.getFirst().isBlank());
    assertFalse(lines.get(1).tooLong());
    assertEquals("0123456789", new String(lines.get(1).bytes(), UTF_8));
  }

  @Test
  void anEmptyFileHasNoLines() throws IOException {
    assertEquals(List.of(), read("", 10));
  }
}
