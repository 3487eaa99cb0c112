package dev.lanewise.server.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The folder that keeps pulled models: {@code OWNER/NAME/COMMIT/FILE}, with a {@link PulledModel
 * record} and the parts of unfinished files in {@code OWNER/NAME}.
 */
public final class ModelCache {
  private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

  private final Path folder;

  /** A folder; it need not exist. */
  public ModelCache(Path folder) {
    this.folder = folder;
  }

  /**
   * The file to load of a model that is here, or its folder: of the commit that was pulled last.
   *
   * @param revision the branch, tag or commit that it was pulled as
   * @throws HubException if there are several, of which none is asked for
   */
  public Optional<Path> find(ModelReference model, String revision) throws IOException {
    for (PulledModel pulled : pulled(model)) {
      if (pulled.isOf(revision)) {
        Path commit = commit(model, pulled.commit());
        List<HubFile> here =
            pulled.files().stream()
                .filter(file -> isHere(commit.resolve(file.name()), file))
                .toList();
        Optional<Choice> choice = choice(model, here);
        // A folder with a file less would be another model.
        if (choice.isPresent()
            && !(choice.get().isFolder() && here.size() < pulled.files().size())) {
          return Optional.of(choice.get().path(commit));
        }
      }
    }
    return Optional.empty();
  }

  /** The name that a folder of pulled files has on the hub; empty if it is no such folder. */
  public static Optional<String> nameOf(Path path) {
    Path record = path.resolveSibling(path.getFileName() + ".json");
    return Files.isDirectory(path) && Files.isRegularFile(record)
        ? Optional.of(path.toAbsolutePath().getParent().getFileName().toString())
        : Optional.empty();
  }

  private static Optional<Choice> choice(ModelReference model, List<HubFile> here)
      throws HubException {
    try {
      return Optional.of(Choice.of(model, here));
    } catch (HubException.NoSuchFile notHere) {
      return Optional.empty();
    }
  }

  /** What is here of a repository, the last that was pulled first. */
  List<PulledModel> pulled(ModelReference model) throws IOException {
    Path repository = repository(model);
    List<PulledModel> all = new ArrayList<>();
    if (Files.isDirectory(repository)) {
      try (DirectoryStream<Path> records = Files.newDirectoryStream(repository, "*.json")) {
        for (Path file : records) {
          all.add(PulledModel.read(file));
        }
      }
    }
    all.sort(Comparator.comparing(PulledModel::when).reversed());
    return all;
  }

  /** Whether a file that was checked when it was pulled is still here. */
  static boolean isHere(Path path, HubFile file) {
    try {
      return Files.isRegularFile(path) && Files.size(path) == file.size();
    } catch (IOException unreadable) {
      return false;
    }
  }

  Path repository(ModelReference model) {
    return folder.resolve(model.owner()).resolve(model.name());
  }

  /** The folder of a commit's files. */
  Path commit(ModelReference model, String commit) {
    return repository(model).resolve(commit);
  }

  /** Where an unfinished file is kept, by what it will be. */
  Path part(ModelReference model, HubFile file) {
    return repository(model).resolve(file.checksum().hex() + ".part");
  }

  /** Adds to what is known to be here. */
  void record(ModelReference model, PulledModel pulled) throws IOException {
    Path file = repository(model).resolve(pulled.commit() + ".json");
    (Files.exists(file) ? pulled.with(PulledModel.read(file)) : pulled).write(file);
  }

  /**
   * Keeps other pulls of a repository out, of this process and of others, until the channel is
   * closed.
   *
   * @param waiting told once if there is another, which is waited for
   */
  FileChannel lock(ModelReference model, Runnable waiting) throws IOException {
    Files.createDirectories(repository(model));
    FileChannel channel =
        FileChannel.open(
            repository(model).resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      for (boolean told = false; !isLocked(channel); told = true) {
        if (!told) {
          waiting.run();
        }
        Patience.pause(LOOK_AGAIN);
      }
      return channel;
    } catch (IOException | RuntimeException failure) {
      channel.close();
      throw failure;
    }
  }

  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException thisProcess) {
      return false;
    }
  }
}
