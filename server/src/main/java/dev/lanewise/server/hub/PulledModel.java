package dev.lanewise.server.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The record of what is here of a repository at a commit: {@code COMMIT.json} beside the folder
 * {@code COMMIT}.
 *
 * @param hub the address it came from
 * @param revisions what the commit was known as when it was pulled
 * @param pulled when that was last, as an ISO-8601 instant
 * @param files all that are here and were checked
 */
record PulledModel(
    String hub, String commit, Set<String> revisions, String pulled, List<HubFile> files) {

  /** The record of a first pull of a commit. */
  static PulledModel of(Hub hub, String commit, String revision, List<HubFile> files) {
    return new PulledModel(
        hub.toString(), commit, Set.of(revision), Instant.now().toString(), files);
  }

  /** This one, with what an earlier one of the same commit has. */
  PulledModel with(PulledModel earlier) {
    Set<String> names = new TreeSet<>(revisions);
    names.addAll(earlier.revisions);
    List<HubFile> all = new ArrayList<>(files);
    earlier.files.stream().filter(file -> !all.contains(file)).forEach(all::add);
    return new PulledModel(hub, commit, names, pulled, all);
  }

  /** Whether it is what a branch, a tag or a commit was when it was pulled. */
  boolean isOf(String revision) {
    return revision.equals(commit) || revisions.contains(revision);
  }

  Instant when() {
    return Instant.parse(pulled);
  }

  static PulledModel read(Path file) throws IOException {
    try {
      return new ObjectMapper().readValue(Files.readString(file), PulledModel.class);
    } catch (JsonProcessingException damaged) {
      throw new HubException(
          "%s is no record of a pulled model; delete it, and pull the model again".formatted(file),
          damaged);
    }
  }

  void write(Path file) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.writeString(
        part, new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(this));
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
