package dev.lanewise.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class EventReaderTest {
  private static EventReader of(String stream) {
    return new EventReader(new ByteArrayInputStream(stream.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void skipsCommentsAndOtherFieldsAndEndsWithDone() throws IOException {
    EventReader events =
        of(
            ": hello\r\nevent: x\r\ndata: {\"a\":1}\r\n\r\n:\n\ndata:two ü\nid: 5\n\ndata: [DONE]\n\n");
    assertEquals(Optional.of("{\"a\":1}"), events.next());
    assertEquals(Optional.of("two ü"), events.next());
    assertEquals(Optional.empty(), events.next());
  }

  @Test
  void aStreamThatEndsWithoutDoneIsBroken() throws IOException {
    EventReader events = of("data: one\n\ndata: t");
    assertEquals(Optional.of("one"), events.next());
    assertEquals(Optional.of("t"), events.next());
    assertThrows(IOException.class, events::next);
  }

  @Test
  void chunksOfBothEndpointsAreUnderstood() throws IOException {
    assertTrue(Chunk.parse("{\"choices\":[{\"text\":\"a\",\"finish_reason\":null}]}").hasText());
    assertTrue(Chunk.parse("{\"choices\":[{\"delta\":{\"content\":\" \"}}]}").hasText());
    assertTrue(Chunk.parse("{\"choices\":[{\"delta\":{\"reasoning_content\":\"a\"}}]}").hasText());
    assertFalse(
        Chunk.parse("{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}")
            .hasText());
    Chunk last = Chunk.parse("{\"choices\":[{\"text\":\"\",\"finish_reason\":\"length\"}]}");
    assertFalse(last.hasText());
    assertEquals(Optional.of("length"), last.finishReason());
    Chunk usage =
        Chunk.parse("{\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":5}}");
    assertEquals(Optional.of(new Chunk.Usage(3, 5)), usage.usage());
    assertEquals(
        Optional.of("too hot"), Chunk.parse("{\"error\":{\"message\":\"too hot\"}}").error());
    assertEquals(Optional.of("\"down\""), Chunk.parse("{\"error\":\"down\"}").error());
  }
}
