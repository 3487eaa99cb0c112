package dev.lanewise.server;

import dev.lanewise.server.http.TlsFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Who may ask the server, and how.
 *
 * @param keyFile the file of API keys; empty: no key is needed
 * @param tls what the server proves with who it is; empty: plain HTTP
 * @param corsOrigins origins whose web pages may ask, or {@code *}; none: no page of another origin
 */
public record Security(Optional<Path> keyFile, Optional<TlsFiles> tls, List<String> corsOrigins) {
  /** Neither keys nor TLS, and no pages of other origins. */
  public static final Security NONE = new Security(Optional.empty(), Optional.empty(), List.of());
}
