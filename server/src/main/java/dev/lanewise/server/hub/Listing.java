package dev.lanewise.server.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The files of a repository at a commit.
 *
 * @param commit 40 hexadecimal digits
 */
record Listing(String commit, List<HubFile> files) {
  private static final int MOST_FILES = 20_000;

  /**
   * Reads what {@code GET /api/models/OWNER/NAME?blobs=true} answers: {@code sha} and {@code
   * siblings}, each with {@code rfilename}, {@code size}, {@code blobId} and, if it is large,
   * {@code lfs}. A hub is not trusted: a list with a name that leads out of its folder is refused
   * as a whole.
   *
   * @throws HubException if it is not that
   */
  static Listing read(byte[] json) throws HubException {
    try {
      JsonNode root = new ObjectMapper().readTree(json);
      String commit = root.path("sha").asText();
      JsonNode siblings = root.path("siblings");
      if (!commit.matches("[0-9a-f]{40}") || !siblings.isArray()) {
        throw new HubException("the hub's answer is no list of a model's files; see --hub");
      }
      if (siblings.size() > MOST_FILES) {
        throw new HubException(
            "the hub lists %,d files; more than %,d are refused"
                .formatted(siblings.size(), MOST_FILES));
      }
      List<HubFile> files = new ArrayList<>();
      for (JsonNode sibling : siblings) {
        files.add(file(sibling));
      }
      return new Listing(commit, List.copyOf(files));
    } catch (JsonProcessingException malformed) {
      throw new HubException("the hub's answer is not JSON; see --hub", malformed);
    } catch (IOException | IllegalArgumentException wrong) {
      throw wrong instanceof HubException told
          ? told
          : new HubException("the hub's list of files is refused: " + wrong.getMessage(), wrong);
    }
  }

  private static HubFile file(JsonNode sibling) {
    JsonNode lfs = sibling.path("lfs");
    String sha256 = lfs.path("sha256").asText(lfs.path("oid").asText());
    Checksum checksum =
        lfs.isObject()
            ? new Checksum(Checksum.Kind.SHA256, sha256.replaceFirst("^sha256:", ""))
            : new Checksum(Checksum.Kind.GIT_BLOB, sibling.path("blobId").asText());
    JsonNode size = lfs.path("size").isMissingNode() ? sibling.path("size") : lfs.path("size");
    return new HubFile(sibling.path("rfilename").asText(), size.asLong(-1), checksum);
  }
}
