package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.server.http.ConnectionLimits;
import dev.lanewise.server.http.TlsFiles;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTPS with certificates that keytool makes. */
final class TlsTest {
  private static final String PASSWORD = "password";

  @TempDir private static Path folder;

  @BeforeAll
  static void makeCertificates() throws Exception {
    make("rsa", "RSA");
    make("ec", "EC");
  }

  /** Makes a certificate for localhost: NAME.p12, and NAME.crt and NAME.key in PEM. */
  private static void make(String name, String algorithm) throws Exception {
    Path store = folder.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                algorithm,
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost,ip:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD)
            .redirectErrorStream(true)
            .start();
    String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, keytool.waitFor(), output);
    KeyStore keys = load(store);
    writePem(name + ".crt", "CERTIFICATE", keys.getCertificate("server").getEncoded());
    writePem(
        name + ".key", "PRIVATE KEY", keys.getKey("server", PASSWORD.toCharArray()).getEncoded());
  }

  private static KeyStore load(Path store) throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    return keys;
  }

  private static void writePem(String name, String type, byte[] content) throws Exception {
    String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    Files.writeString(
        folder.resolve(name),
        "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(type, lines, type));
  }

  private static TlsFiles files(String certificate, String key) {
    return new TlsFiles(folder.resolve(certificate), folder.resolve(key));
  }

  /** A client that trusts one certificate. */
  private static HttpClient trusting(String name) throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry(
        "server", load(folder.resolve(name + ".p12")).getCertificate("server"));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return HttpClient.newBuilder().sslContext(context).build();
  }

  @ParameterizedTest
  @ValueSource(strings = {"rsa", "ec"})
  void answersOverTlsToWhoTrustsTheCertificate(String name) throws Exception {
    Security security =
        new Security(Optional.empty(), Optional.of(files(name + ".crt", name + ".key")), List.of());
    try (RunningServer running = RunningServer.start(security, ConnectionLimits.DEFAULTS);
        HttpClient client = trusting(name);
        HttpClient stranger = trusting(name.equals("ec") ? "rsa" : "ec")) {
      String url = "https://localhost:" + running.server().port();
      String body =
          "{\"model\":\"test/smollm\",\"prompt\":\"The capital of France is\",\"max_tokens\":2,\"temperature\":0,\"stream\":true}";
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(url + "/v1/completions"))
              .POST(HttpRequest.BodyPublishers.ofString(body))
              .build();
      HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
      assertEquals(200, answer.statusCode());
      assertTrue(answer.body().contains("Paris"), answer.body());
      assertTrue(answer.body().endsWith("data: [DONE]\n\n"), answer.body());
      assertThrows(
          SSLHandshakeException.class,
          () -> stranger.send(request, HttpResponse.BodyHandlers.discarding()));
      try (RawClient plain = new RawClient(running.server().port())) {
        plain.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
        plain.awaitEnd();
      }
      assertEquals(
          200,
          client
              .send(
                  HttpRequest.newBuilder(URI.create(url + "/health")).build(),
                  HttpResponse.BodyHandlers.discarding())
              .statusCode());
    }
  }

  @Test
  void filesThatDoNotBelongTogetherAreNamed() {
    assertRefused(files("rsa.crt", "ec.key"), "ec.key: not the private key");
    assertRefused(files("ec.crt", "rsa.key"), "rsa.key: not the private key");
  }

  @Test
  void filesOfAnotherKindAreNamed() throws Exception {
    Files.writeString(folder.resolve("text"), "hello");
    Files.writeString(
        folder.resolve("broken.crt"),
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    writePem("locked.key", "ENCRYPTED PRIVATE KEY", new byte[] {1, 2, 3});
    assertRefused(files("text", "rsa.key"), "text: no X.509 certificate");
    assertRefused(files("rsa.key", "rsa.key"), "rsa.key: no X.509 certificate");
    assertRefused(files("broken.crt", "rsa.key"), "broken.crt: no X.509 certificate");
    assertRefused(files("rsa.crt", "text"), "text: no RSA or EC key");
    assertRefused(files("rsa.crt", "rsa.crt"), "rsa.crt: no RSA or EC key");
    assertRefused(files("rsa.crt", "locked.key"), "locked.key: no RSA or EC key");
    assertThrows(NoSuchFileException.class, files("none", "rsa.key")::load);
    assertThrows(NoSuchFileException.class, files("rsa.crt", "none")::load);
    IOException aFolder = assertThrows(IOException.class, files("rsa.crt", ".")::load);
    assertTrue(aFolder.getMessage().endsWith(": cannot be read"), aFolder.getMessage());
  }

  private static void assertRefused(TlsFiles files, String reason) {
    Exception refused = assertThrows(IllegalArgumentException.class, files::load);
    assertTrue(refused.getMessage().contains(reason), refused.getMessage());
  }
}
