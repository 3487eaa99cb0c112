package dev.lanewise.server.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** Fetches a model from a hub into the folder of models, or what is not there yet of it. */
public final class Pull {
  private final Hub hub;
  private final ModelCache cache;
  private final PullListener listener;
  private final Patience patience;

  /** A pull that has not begun. */
  public Pull(Hub hub, ModelCache cache, PullListener listener) {
    this(hub, cache, listener, Patience.USUAL);
  }

  Pull(Hub hub, ModelCache cache, PullListener listener, Patience patience) {
    this.hub = hub;
    this.cache = cache;
    this.listener = listener;
    this.patience = patience;
  }

  /**
   * Asks the hub what a revision is now, and downloads the files that are not here.
   *
   * @param revision a branch, a tag or a commit
   * @return the file to load, or the folder of a model in safetensors
   * @throws HubException if the hub cannot be asked, has no such model or sends something else
   * @throws IOException if files cannot be written
   */
  public Path run(ModelReference model, String revision) throws IOException {
    try (HubClient client = new HubClient(hub, patience)) {
      Listing listing = client.list(model, revision);
      Choice choice = Choice.of(model, listing.files());
      listener.chosen(choice.description(), choice.total() - 1);
      try (FileChannel _ = cache.lock(model, listener::waiting)) {
        fetch(model, listing.commit(), choice, client);
        cache.record(model, PulledModel.of(hub, listing.commit(), revision, choice.files()));
      }
      return choice.path(cache.commit(model, listing.commit()));
    }
  }

  private void fetch(ModelReference model, String commit, Choice choice, HubClient client)
      throws IOException {
    Path folder = cache.commit(model, commit);
    List<HubFile> missing = new ArrayList<>();
    for (HubFile file : choice.files()) {
      if (!ModelCache.isHere(folder.resolve(file.name()), file) && !link(model, file, folder)) {
        missing.add(file);
      }
    }
    requireSpace(model, missing);
    Download download = new Download(client, model, commit, patience);
    long total = choice.bytes();
    long before = total - missing.stream().mapToLong(HubFile::size).sum();
    for (HubFile file : missing) {
      long here = before;
      Path part = cache.part(model, file);
      download.fetch(file, part, bytes -> listener.received(here + bytes, total));
      Path target = folder.resolve(file.name());
      Files.createDirectories(target.getParent());
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      before += file.size();
    }
  }

  /**
   * Takes a file from another commit: most commits of a repository change its description and not
   * the models.
   */
  private boolean link(ModelReference model, HubFile file, Path folder) throws IOException {
    Path target = folder.resolve(file.name());
    for (PulledModel pulled : cache.pulled(model)) {
      for (HubFile other : pulled.files()) {
        Path source = cache.commit(model, pulled.commit()).resolve(other.name());
        if (other.checksum().equals(file.checksum()) && ModelCache.isHere(source, file)) {
          Files.createDirectories(target.getParent());
          try {
            Files.deleteIfExists(target);
            Files.createLink(target, source);
            return true;
          } catch (UnsupportedOperationException | IOException noLinks) {
            return false;
          }
        }
      }
    }
    return false;
  }

  private void requireSpace(ModelReference model, List<HubFile> missing) throws IOException {
    long needed = 0;
    for (HubFile file : missing) {
      Path part = cache.part(model, file);
      needed += file.size() - (Files.exists(part) ? Math.min(Files.size(part), file.size()) : 0);
    }
    Path folder = cache.repository(model);
    long usable = Files.getFileStore(folder).getUsableSpace();
    if (needed > usable) {
      throw new HubException(
          "%s needs %s more in %s, and %s are free; name another folder with --models"
              .formatted(model, Bytes.of(needed), folder, Bytes.of(usable)));
    }
  }
}
