package dev.lanewise.server;

import dev.lanewise.engine.Engine;
import dev.lanewise.server.hub.ModelCache;
import dev.lanewise.server.openai.ApiError;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/** The model of a server: not there yet, there, or going away. */
public final class ServedModel {
  private volatile Engine engine;
  private volatile String name = "";
  private volatile Instant loaded = Instant.EPOCH;
  private volatile boolean stopping;

  /**
   * A model that is there from the start.
   *
   * @param alias the name clients use; empty: its own
   */
  public static ServedModel of(Engine engine, Optional<String> alias) {
    ServedModel model = new ServedModel();
    model.ready(engine, alias.orElseGet(() -> nameOf(engine)));
    return model;
  }

  /**
   * The file name without the ending; of a folder from a hub, whose own is a commit, the name
   * there.
   */
  static String nameOf(Engine engine) {
    Path path = engine.modelPath();
    String file = ModelCache.nameOf(path).orElseGet(() -> path.getFileName().toString());
    return file.endsWith(".gguf") ? file.substring(0, file.length() - ".gguf".length()) : file;
  }

  /** The engine is loaded and warm. */
  void ready(Engine engine, String name) {
    this.name = name;
    loaded = Instant.now();
    this.engine = engine;
  }

  /** No further requests are taken. */
  void stop() {
    stopping = true;
  }

  /** Whether requests are answered. */
  public boolean isReady() {
    return engine != null && !stopping;
  }

  /** The name clients use. */
  public String name() {
    return name;
  }

  /**
   * Checks the name by which a client asks for the model.
   *
   * @throws ApiError 404 if it is another
   */
  public void check(String asked) {
    if (!asked.equals(name)) {
      throw ApiError.unknownModel(asked, name);
    }
  }

  /** When the model was ready. */
  public Instant loaded() {
    return loaded;
  }

  /** The engine, once it is loaded. */
  public Optional<Engine> loadedEngine() {
    return Optional.ofNullable(engine);
  }

  /**
   * The engine.
   *
   * @throws ApiError 503 while it is loading or stopping
   */
  public Engine engine() {
    if (stopping) {
      throw ApiError.unavailable("The server is shutting down.");
    }
    if (engine == null) {
      throw ApiError.unavailable("The model is loading; try again soon.");
    }
    return engine;
  }
}
