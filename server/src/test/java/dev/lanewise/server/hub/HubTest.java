package dev.lanewise.server.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.URI;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses of a hub, and who sees its token. */
final class HubTest {
  private static final ModelReference MODEL = ModelReference.parse("org/name").orElseThrow();

  @Test
  void namesAndRevisionsAreEncoded() {
    Hub hub = new Hub("https://mirror.example/hf/", Optional.empty());
    assertEquals(
        "https://mirror.example/hf/api/models/org/name/revision/refs%2Fpr%2F1?blobs=true",
        hub.listing(MODEL, "refs/pr/1").toString());
    HubFile file =
        new HubFile("a b/c%#+.gguf", 1, new Checksum(Checksum.Kind.GIT_BLOB, "0".repeat(40)));
    assertEquals(
        "https://mirror.example/hf/org/name/resolve/abc/a%20b/c%25%23%2B.gguf",
        hub.file(MODEL, "abc", file).toString());
  }

  @Test
  void onlyTheHubSeesTheToken() {
    Optional<String> token = Optional.of("secret");
    Hub hub = new Hub("https://hub.example", token);
    assertEquals(token, hub.tokenFor(URI.create("https://hub.example/x")));
    assertEquals(Optional.empty(), hub.tokenFor(URI.create("http://hub.example/x")));
    assertEquals(Optional.empty(), hub.tokenFor(URI.create("https://hub.example:8443/x")));
    assertEquals(Optional.empty(), hub.tokenFor(URI.create("https://cdn.hub.example/x")));
    assertEquals(Optional.empty(), hub.tokenFor(URI.create("https://hub.example.evil/x")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"hub.example", "file:///x", "https://", "https://a?b=c", "ht tp://x"})
  void whatIsNoAddressIsRefused(String address) {
    assertThrows(IllegalArgumentException.class, () -> new Hub(address, Optional.empty()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "a\nb", "\u00e4"})
  void tokensThatCannotBeSentAreRefused(String token) {
    assertThrows(
        IllegalArgumentException.class, () -> new Hub("https://hub.example", Optional.of(token)));
  }
}
