package dev.lanewise.server.cli;

import dev.lanewise.server.Security;
import dev.lanewise.server.http.TlsFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Who may ask the server, and how. */
final class SecurityOptions {
  @Option(
      names = "--api-key-file",
      paramLabel = "FILE",
      description =
          "File with the API keys that clients may use, one a line. Default: no key needed.")
  private Path keyFile;

  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      description = "Serves HTTPS with this certificate, and those above it, in PEM.")
  private Path certificate;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description = "The certificate's private key in PEM, without a passphrase.")
  private Path key;

  @Option(
      names = "--cors-origin",
      paramLabel = "ORIGIN",
      split = ",",
      description =
          "Lets web pages of this origin ask, like https://chat.example.org; * for all. Repeatable.")
  private List<String> corsOrigins = List.of();

  Security security() {
    if ((certificate == null) != (key == null)) {
      throw new IllegalArgumentException("--tls-cert and --tls-key are needed both, or neither");
    }
    return new Security(
        Optional.ofNullable(keyFile),
        Optional.ofNullable(certificate).map(file -> new TlsFiles(file, key)),
        corsOrigins);
  }
}
