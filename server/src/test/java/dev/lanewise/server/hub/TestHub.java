package dev.lanewise.server.hub;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.server.FileServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A hub with one model, org/name, on a real port. Files of GGUF and safetensors are large ones. */
public final class TestHub implements AutoCloseable {
  public static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  private final Map<String, byte[]> paths = new ConcurrentHashMap<>();
  private final ObjectNode listing = new ObjectMapper().createObjectNode();
  private final ArrayNode siblings = listing.put("sha", COMMIT).putArray("siblings");
  private final FileServer server;

  public TestHub() {
    try {
      server = FileServer.of(paths);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    publish();
  }

  public FileServer server() {
    return server;
  }

  public String address() {
    return server.url("");
  }

  /** Adds a file, and returns its entry in the list. */
  public ObjectNode add(String name, byte[] content) {
    ObjectNode file = siblings.addObject().put("rfilename", name).put("size", content.length);
    if (name.endsWith(".gguf") || name.endsWith(".safetensors")) {
      file.put("blobId", "0".repeat(40)); // of the file that stands in for it in Git
      file.putObject("lfs")
          .put("sha256", hex("SHA-256", content))
          .put("size", content.length)
          .put("pointerSize", 134);
    } else {
      file.put("blobId", blobId(content));
    }
    paths.put(path(name), content);
    publish();
    return file;
  }

  static String path(String name) {
    return "/org/name/resolve/" + COMMIT + "/" + name;
  }

  /** The list, to change; {@link #publish} makes it known. */
  ObjectNode listing() {
    return listing;
  }

  /** What is served at a path of its own. */
  void put(String path, byte[] content) {
    paths.put(path, content);
  }

  void publish() {
    byte[] json = listing.toString().getBytes(StandardCharsets.UTF_8);
    paths.put("/api/models/org/name", json);
    paths.put("/api/models/org/name/revision/v1", json);
  }

  private static String blobId(byte[] content) {
    byte[] head = ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII);
    byte[] all = new byte[head.length + content.length];
    System.arraycopy(head, 0, all, 0, head.length);
    System.arraycopy(content, 0, all, head.length, content.length);
    return hex("SHA-1", all);
  }

  private static String hex(String algorithm, byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
    } catch (NoSuchAlgorithmException never) {
      throw new IllegalStateException(never);
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
