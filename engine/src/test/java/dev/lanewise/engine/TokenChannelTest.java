package dev.lanewise.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

final class TokenChannelTest {
  private static final Outcome END =
      new Outcome(FinishReason.LENGTH, 0, new Timings(0, 0, 0, 0, 0, 0, 0), Optional.empty());

  @Test
  void holdsEverythingForAReaderThatComesLate() {
    TokenChannel channel = new TokenChannel(5000);
    for (int i = 0; i < 5000; i++) {
      channel.put(i, null);
    }
    channel.end(END);
    for (int i = 0; i < 5000; i++) {
      assertEquals(i, channel.poll());
    }
    assertEquals(TokenChannel.NONE, channel.poll());
    assertEquals(5000, channel.taken());
    assertEquals(END, channel.outcome());
  }

  @Test
  void refusesMoreThanItsLimit() {
    TokenChannel channel = new TokenChannel(1);
    channel.put(7, null);
    assertThrows(IllegalStateException.class, () -> channel.put(8, null));
  }

  @Test
  void passesTokensInOrderBetweenThreads() throws InterruptedException {
    int tokens = 100_000;
    TokenChannel channel = new TokenChannel(tokens);
    Thread writer =
        Thread.ofPlatform()
            .start(
                () -> {
                  for (int i = 0; i < tokens; i++) {
                    channel.put(i, null);
                  }
                  channel.end(END);
                });
    for (int expected = 0; expected < tokens; ) {
      int token = channel.poll();
      if (token == TokenChannel.NONE) {
        channel.await();
      } else {
        assertEquals(expected++, token);
      }
    }
    writer.join();
    assertEquals(TokenChannel.NONE, channel.poll());
  }

  @Test
  void wakesAWaitingReader() throws InterruptedException {
    TokenChannel channel = new TokenChannel(1);
    CountDownLatch began = new CountDownLatch(1);
    CompletableFuture<Integer> read = new CompletableFuture<>();
    Thread reader =
        Thread.ofVirtual()
            .start(
                () -> {
                  began.countDown();
                  try {
                    int token = channel.poll();
                    while (token == TokenChannel.NONE) {
                      channel.await();
                      token = channel.poll();
                    }
                    read.complete(token);
                  } catch (InterruptedException e) {
                    read.completeExceptionally(e);
                  }
                });
    began.await();
    channel.put(3, null);
    reader.join();
    assertEquals(3, read.join());
    assertNull(channel.outcome());
  }

  @Test
  void letsAnInterruptEndTheWait() {
    TokenChannel channel = new TokenChannel(1);
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, () -> channel.await());
  }

  @Test
  void waitsForAnyOfSomeChannels() throws InterruptedException {
    TokenChannel first = new TokenChannel(1);
    TokenChannel second = new TokenChannel(1);
    List<TokenChannel> both = List.of(first, second);
    assertFalse(TokenChannel.awaitAny(both, 1_000));
    Thread writer = Thread.ofVirtual().start(() -> second.put(5, null));
    assertTrue(TokenChannel.awaitAny(both, Long.MAX_VALUE));
    writer.join();
    assertEquals(5, second.poll());
    assertFalse(TokenChannel.awaitAny(both, 1_000));
    first.giveUp();
    assertTrue(TokenChannel.awaitAny(both, Long.MAX_VALUE));
  }
}
