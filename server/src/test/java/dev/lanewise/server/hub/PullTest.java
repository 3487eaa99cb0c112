package dev.lanewise.server.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.server.FileServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Downloads from a hub on a real port that breaks off, redirects, refuses and lies. */
@Timeout(120)
final class PullTest {
  private static final Patience SHORT =
      new Patience(3, Duration.ofMillis(1), Duration.ofSeconds(1), Duration.ofSeconds(30));
  private static final byte[] MODEL = bytes(700_000);

  private final TestHub hub = new TestHub();
  private final Recorder recorder = new Recorder();

  @TempDir private Path folder;

  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  @AfterEach
  void closeHub() {
    hub.close();
  }

  private static final class Recorder implements PullListener {
    private final CountDownLatch waiting = new CountDownLatch(1);
    private final List<String> chosen = new ArrayList<>();
    private long bytes;

    @Override
    public void waiting() {
      waiting.countDown();
    }

    @Override
    public void chosen(String model, int alternatives) {
      chosen.add(model);
    }

    @Override
    public void received(long bytes, long total) {
      this.bytes = bytes;
      assertTrue(bytes <= total);
    }
  }

  private ModelCache cache() {
    return new ModelCache(folder);
  }

  private static ModelReference model(String text) {
    return ModelReference.parse(text).orElseThrow();
  }

  private Path pull(String model) throws IOException {
    return pull(model, Optional.empty(), SHORT);
  }

  private Path pull(String model, Optional<String> token, Patience patience) throws IOException {
    return new Pull(new Hub(hub.address(), token), cache(), recorder, patience)
        .run(model(model), Hub.MAIN);
  }

  private void assertRefused(String part, String model) {
    String message = assertThrows(HubException.class, () -> pull(model)).getMessage();
    assertTrue(message.contains(part), message);
    assertFalse(message.contains("\n"), message);
  }

  /** The files in the folder, without the locks. */
  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile)
          .map(file -> folder.relativize(file).toString())
          .filter(name -> !name.endsWith("lock"))
          .sorted()
          .toList();
    }
  }

  @Test
  void theFileIsAtItsPlaceAndIsFoundWithoutTheHub() throws IOException {
    hub.add("README.md", bytes(10));
    hub.add("model-Q4_0.gguf", MODEL);
    assertEquals(Optional.empty(), cache().find(model("org/name"), Hub.MAIN));
    Path file = pull("org/name");
    assertEquals(folder.resolve("org/name/" + TestHub.COMMIT + "/model-Q4_0.gguf"), file);
    assertArrayEquals(MODEL, Files.readAllBytes(file));
    assertEquals(MODEL.length, recorder.bytes);
    assertEquals(List.of("model-Q4_0.gguf (700.0 kB)"), recorder.chosen);
    assertEquals(
        List.of(
            "org/name/" + TestHub.COMMIT + ".json",
            "org/name/" + TestHub.COMMIT + "/model-Q4_0.gguf"),
        files());
    assertEquals(
        List.of("/api/models/org/name?blobs=true", TestHub.path("model-Q4_0.gguf")),
        hub.server().asked());
    hub.close();
    for (String again : List.of("org/name", "org/name:q4_0", "org/name:model-Q4_0.gguf")) {
      assertEquals(Optional.of(file), cache().find(model(again), Hub.MAIN));
    }
    assertEquals(Optional.of(file), cache().find(model("org/name"), TestHub.COMMIT));
    assertEquals(Optional.empty(), cache().find(model("org/name"), "v1"));
    assertEquals(Optional.empty(), cache().find(model("org/name:Q8_0"), Hub.MAIN));
    Files.write(file, new byte[1]);
    assertEquals(Optional.empty(), cache().find(model("org/name"), Hub.MAIN));
  }

  @Test
  void aBrokenConnectionIsTakenUpWhereItEnded() throws IOException {
    hub.add("model.gguf", MODEL);
    hub.server().breakOffAfter(400_000);
    assertArrayEquals(MODEL, Files.readAllBytes(pull("org/name")));
    // Of the last bytes before the break, some may be lost on their way.
    assertTrue(hub.server().lastRange().matches("bytes=[1-3]\\d{5}-|bytes=400000-"));
    assertEquals(3, hub.server().requests());
  }

  @Test
  void aLaterPullGoesOnWithThePart() throws IOException {
    String checksum = hub.add("model.gguf", MODEL).path("lfs").path("sha256").asText();
    Path part = folder.resolve("org/name/" + checksum + ".part");
    Files.createDirectories(part.getParent());
    Files.write(part, Arrays.copyOf(MODEL, 300_000));
    assertArrayEquals(MODEL, Files.readAllBytes(pull("org/name")));
    assertEquals("bytes=300000-", hub.server().lastRange());
    assertFalse(Files.exists(part));
  }

  @Test
  void aHubThatKnowsNoRangesSendsAllAgain() throws IOException {
    hub.add("model.gguf", MODEL);
    hub.server().ignoreRanges();
    hub.server().breakOffAfter(400_000);
    assertArrayEquals(MODEL, Files.readAllBytes(pull("org/name")));
  }

  @Test
  void aConnectionThatFallsSilentIsGivenUp() throws Exception {
    hub.add("model.gguf", MODEL);
    Patience little =
        new Patience(2, Duration.ofMillis(1), Duration.ofSeconds(1), Duration.ofMillis(300));
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      hub.server()
          .redirect(
              TestHub.path("model.gguf"), "http://127.0.0.1:" + silent.getLocalPort() + "/file");
      FutureTask<Void> answers =
          new FutureTask<>(
              () -> {
                beginAndFallSilent(silent);
                beginAndFallSilent(silent);
                return null;
              });
      Thread.ofVirtual().start(answers);
      HubException failure =
          assertThrows(HubException.class, () -> pull("org/name", Optional.empty(), little));
      assertTrue(failure.getMessage().contains("broke off during model.gguf"));
      answers.get();
    }
  }

  private static void beginAndFallSilent(ServerSocket server) throws IOException {
    try (Socket client = server.accept()) {
      InputStream in = client.getInputStream();
      assertTrue(in.read(new byte[1 << 16]) > 0);
      String begin = "HTTP/1.1 200 OK\r\nContent-Length: 700000\r\n\r\nbegin";
      client.getOutputStream().write(begin.getBytes(StandardCharsets.US_ASCII));
      assertEquals(-1, in.read(), "the client closes the connection");
    }
  }

  @Test
  void aWrongChecksumOrSizeLeavesNothing() throws IOException {
    hub.add("model.gguf", MODEL).withObject("/lfs").put("sha256", "0".repeat(64));
    hub.add("config-Q8.gguf", MODEL).withObject("/lfs").put("size", 800_000);
    hub.add("small.txt", MODEL).put("blobId", "1".repeat(40));
    hub.publish();
    assertRefused("checksum differs", "org/name:model.gguf");
    assertRefused("700,000 bytes where the hub lists 800,000", "org/name:config-Q8.gguf");
    assertRefused("checksum differs", "org/name:small.txt");
    assertEquals(List.of(), files());
  }

  @Test
  void smallFilesAreCheckedByTheirBlobId() throws IOException {
    hub.add("small.txt", MODEL);
    assertArrayEquals(MODEL, Files.readAllBytes(pull("org/name:small.txt")));
  }

  @Test
  void theTokenStaysAtTheHub() throws IOException {
    hub.add("model.gguf", MODEL);
    try (FileServer elsewhere = FileServer.of(Map.of("/large", MODEL))) {
      hub.server().redirect(TestHub.path("model.gguf"), elsewhere.url("/large"));
      assertArrayEquals(MODEL, Files.readAllBytes(pull("org/name", Optional.of("secret"), SHORT)));
      assertEquals("Bearer secret", hub.server().lastAuthorization());
      assertEquals(1, elsewhere.requests());
      assertNull(elsewhere.lastAuthorization());
    }
  }

  @Test
  void redirectsWithinTheHubAreFollowedWithTheToken() throws IOException {
    hub.add("model.gguf", MODEL);
    hub.put("/moved", MODEL);
    hub.server().redirect(TestHub.path("model.gguf"), "/moved");
    pull("org/name", Optional.of("secret"), SHORT);
    assertEquals("/moved", hub.server().asked().getLast());
    assertEquals("Bearer secret", hub.server().lastAuthorization());
  }

  @ParameterizedTest
  @ValueSource(strings = {"file:///etc/passwd", "ftp://127.0.0.1/x", "http:nothing", "::"})
  void redirectsToWhatIsNoAddressAreRefused(String location) {
    hub.add("model.gguf", MODEL);
    hub.server().redirect(TestHub.path("model.gguf"), location);
    assertRefused("redirects to", "org/name");
  }

  @Test
  void redirectsThatDoNotEndAreRefused() {
    hub.add("model.gguf", MODEL);
    hub.server().redirect(TestHub.path("model.gguf"), TestHub.path("model.gguf"));
    assertRefused("again and again", "org/name");
  }

  @Test
  void aBusyHubIsAskedAgainAFewTimes() throws IOException {
    hub.add("model.gguf", MODEL);
    hub.server().refuse(429, 503);
    assertArrayEquals(MODEL, Files.readAllBytes(pull("org/name")));
    assertEquals(4, hub.server().requests());
    hub.server().refuse(429, 429, 429);
    assertRefused("too many requests", "org/name:model.gguf");
    hub.server().refuse(500, 502, 503);
    assertRefused("answers 503", "org/name:model.gguf");
    assertEquals(10, hub.server().requests());
  }

  @Test
  void refusalsSayWhatToDo() {
    hub.server().refuse(401);
    assertRefused("HF_TOKEN", "org/name");
    hub.server().refuse(403);
    assertRefused("accept its terms on " + hub.address() + "/org/name", "org/name");
    assertRefused("no such model with a revision 'main' on " + hub.address(), "org/other");
    assertEquals(3, hub.server().requests());
    hub.close();
    assertRefused("cannot reach " + hub.address(), "org/name");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../evil.gguf",
        "/etc/evil.gguf",
        "a/../../evil.gguf",
        "a//evil.gguf",
        "./evil.gguf",
        "a\\evil.gguf",
        "C:evil.gguf",
        "evil\n.gguf",
        ""
      })
  void namesThatLeadElsewhereAreRefused(String name) throws IOException {
    hub.add("model.gguf", MODEL);
    hub.add(name, MODEL);
    assertRefused("is refused", "org/name:model.gguf");
    assertEquals(List.of(), files());
  }

  @Test
  void listsThatAreNoneAreRefused() {
    hub.add("model.gguf", MODEL).withObject("/lfs").put("size", -1);
    hub.publish();
    assertRefused("has no size", "org/name");
    hub.listing().put("sha", "../../x");
    hub.publish();
    assertRefused("no list of a model's files", "org/name");
    hub.put("/api/models/org/name", "<html>".getBytes(StandardCharsets.UTF_8));
    assertRefused("not JSON", "org/name");
    hub.put("/api/models/org/name", new byte[33 << 20]);
    assertRefused("longer than any", "org/name");
  }

  @Test
  void moreThanTheDiskHoldsIsNotBegun() throws IOException {
    hub.add("model.gguf", MODEL).withObject("/lfs").put("size", 1L << 45);
    hub.publish();
    assertRefused("name another folder with --models", "org/name");
    assertEquals(1, hub.server().requests());
  }

  @Test
  void aNewCommitWithTheSameFileDownloadsNothing() throws IOException {
    hub.add("model.gguf", MODEL);
    Path before = pull("org/name");
    String later = "f".repeat(40);
    hub.listing().put("sha", later);
    hub.publish();
    Path after = pull("org/name");
    assertEquals(before.resolveSibling("../" + later + "/model.gguf").normalize(), after);
    assertArrayEquals(MODEL, Files.readAllBytes(after));
    assertEquals(3, hub.server().requests());
    assertEquals(Optional.of(after), cache().find(model("org/name"), Hub.MAIN));
    assertEquals(Optional.of(before), cache().find(model("org/name"), TestHub.COMMIT));
  }

  @Test
  void twoPullsOfOneModelDownloadItOnce() throws Exception {
    hub.add("model.gguf", MODEL);
    FutureTask<Path> pull = new FutureTask<>(() -> pull("org/name"));
    try (FileChannel _ = cache().lock(model("org/name"), () -> {})) {
      Thread.ofVirtual().start(pull);
      recorder.waiting.await();
      assertFalse(pull.isDone());
      assertEquals(1, hub.server().requests(), "only the list");
    }
    assertArrayEquals(MODEL, Files.readAllBytes(pull.get()));
  }

  @Test
  void severalModelsOfARepositoryAreToldApart() throws IOException {
    hub.add("model-Q4_0.gguf", MODEL);
    hub.add("model-Q8_0.gguf", bytes(900_000));
    assertRefused("model-Q4_0.gguf (700.0 kB), model-Q8_0.gguf (900.0 kB)", "org/name");
    Path small = pull("org/name:Q4_0");
    assertEquals(Optional.of(small), cache().find(model("org/name"), Hub.MAIN));
    Path large = pull("org/name:q8_0");
    assertEquals(Optional.of(small), cache().find(model("org/name:Q4_0"), Hub.MAIN));
    assertEquals(Optional.of(large), cache().find(model("org/name:Q8_0"), Hub.MAIN));
    assertThrows(HubException.class, () -> cache().find(model("org/name"), Hub.MAIN));
  }

  @Test
  void safetensorsAreAFolder() throws IOException {
    for (String name : List.of("config.json", "tokenizer.json", "model.safetensors", "x.bin")) {
      hub.add(name, bytes(name.length()));
    }
    Path model = pull("org/name");
    try (Stream<Path> files = Files.list(model)) {
      assertEquals(
          List.of("config.json", "model.safetensors", "tokenizer.json"),
          files.map(file -> file.getFileName().toString()).sorted().toList());
    }
    assertEquals(Optional.of(model), cache().find(model("org/name"), Hub.MAIN));
    assertEquals(Optional.of("name"), ModelCache.nameOf(model));
    Files.delete(model.resolve("tokenizer.json"));
    assertEquals(Optional.empty(), cache().find(model("org/name"), Hub.MAIN));
  }
}
