package dev.lanewise.server.cli;

import dev.lanewise.server.hub.Hub;
import dev.lanewise.server.hub.ModelCache;
import dev.lanewise.server.hub.ModelReference;
import dev.lanewise.server.hub.Pull;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where models come from that are named as OWNER/NAME, and where they are kept. */
final class HubOptions {
  @Option(
      names = "--hub",
      paramLabel = "URL",
      defaultValue = "${env:HF_ENDPOINT}",
      description =
          "Hub to pull models from, which speaks the API of the Hugging Face hub."
              + " Default: $HF_ENDPOINT, or "
              + Hub.PUBLIC
              + ".")
  private String address;

  @Option(
      names = "--revision",
      paramLabel = "NAME",
      defaultValue = Hub.MAIN,
      description = "Branch, tag or commit of the model on the hub. Default: ${DEFAULT-VALUE}.")
  private String revision;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "File with the token for private and gated models, on one line. Default: $HF_TOKEN, or none.")
  private Path tokenFile;

  @Option(
      names = "--models",
      paramLabel = "DIR",
      description =
          "Folder that keeps pulled models."
              + " Default: $XDG_CACHE_HOME/lanewise/models, or ~/.cache/lanewise/models.")
  private Path models;

  /** Asks the hub, and downloads what is not here. */
  Path pull(ModelReference model, PrintWriter err) throws IOException {
    String hub = address == null || address.isBlank() ? Hub.PUBLIC : address;
    try (PullDisplay display = new PullDisplay(err, model)) {
      return new Pull(new Hub(hub, token()), cache(), display).run(model, revision);
    }
  }

  /**
   * The file or folder that is meant: one that exists, or a model of the hub, which is pulled
   * unless it is here.
   */
  Path locate(String named, PrintWriter err) throws IOException {
    Path path = Path.of(named);
    Optional<ModelReference> model = ModelReference.parse(named);
    if (model.isEmpty() || Files.exists(path)) {
      return path;
    }
    Optional<Path> pulled = cache().find(model.get(), revision);
    return pulled.isPresent() ? pulled.get() : pull(model.get(), err);
  }

  private ModelCache cache() {
    return new ModelCache(models == null ? CacheFolder.of("models") : models);
  }

  private Optional<String> token() throws IOException {
    String token = tokenFile == null ? System.getenv("HF_TOKEN") : Files.readString(tokenFile);
    return Optional.ofNullable(token).map(String::strip).filter(text -> !text.isEmpty());
  }
}
