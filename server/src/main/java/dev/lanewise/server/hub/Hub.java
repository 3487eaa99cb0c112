package dev.lanewise.server.hub;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** A hub, by its address, and the token that it alone gets to see. */
public final class Hub {
  /** The public hub. */
  public static final String PUBLIC = "https://huggingface.co";

  /** The revision that a hub shows unless another is asked for. */
  public static final String MAIN = "main";

  private final URI address;
  private final Optional<String> token;

  /**
   * @param address like {@code https://huggingface.co}; mirrors may have a path
   * @param token without spaces, if the hub wants one
   * @throws IllegalArgumentException if the address is not one of HTTP, or the token cannot be sent
   */
  public Hub(String address, Optional<String> token) {
    try {
      this.address = new URI(address.replaceFirst("/+$", ""));
    } catch (URISyntaxException malformed) {
      throw new IllegalArgumentException(noAddress(address), malformed);
    }
    if (!isHttp(this.address) || this.address.getQuery() != null) {
      throw new IllegalArgumentException(noAddress(address));
    }
    if (!token.orElse("").chars().allMatch(c -> c > ' ' && c <= '~')) {
      throw new IllegalArgumentException(
          "the token of the hub has characters that are not visible ASCII; see --token-file");
    }
    this.token = token;
  }

  private static String noAddress(String address) {
    return "--hub: '%s' is no address like https://huggingface.co".formatted(address);
  }

  static boolean isHttp(URI address) {
    return ("https".equals(address.getScheme()) || "http".equals(address.getScheme()))
        && address.getHost() != null;
  }

  /** Where files of a model at a revision are listed. */
  URI listing(ModelReference model, String revision) {
    String path = "/api/models/" + model.repository();
    return at(
        (revision.equals(MAIN) ? path : path + "/revision/" + encoded(revision)) + "?blobs=true");
  }

  /** Where a file of a model at a commit is. */
  URI file(ModelReference model, String commit, HubFile file) {
    String path =
        Arrays.stream(file.name().split("/")).map(Hub::encoded).collect(Collectors.joining("/"));
    return at("/%s/resolve/%s/%s".formatted(model.repository(), commit, path));
  }

  private URI at(String path) {
    return URI.create(address + path);
  }

  private static String encoded(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** The token for a request: that of the hub at the hub, and nowhere else. */
  Optional<String> tokenFor(URI request) {
    boolean same =
        request.getScheme().equals(address.getScheme())
            && request.getHost().equalsIgnoreCase(address.getHost())
            && request.getPort() == address.getPort();
    return same ? token : Optional.empty();
  }

  boolean hasToken() {
    return token.isPresent();
  }

  /** Its address. */
  @Override
  public String toString() {
    return address.toString();
  }
}
