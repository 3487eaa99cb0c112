package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.engine.Engine;
import dev.lanewise.server.ServedModel;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/** {@code GET /v1/models} and {@code GET /v1/models/{id}}. */
public final class ModelsEndpoint {
  private final ServedModel model;

  /** Lists one model. */
  public ModelsEndpoint(ServedModel model) {
    this.model = model;
  }

  /** All models: one, or none while it is loading. */
  public void list(ServerRequest request, ServerResponse response) {
    ObjectNode body = JsonNodeFactory.instance.objectNode().put("object", "list");
    body.putArray("data");
    model.loadedEngine().ifPresent(engine -> body.withArray("data").add(describe(engine)));
    JsonBody.send(response, 200, body);
  }

  /** One model by its name, which may contain slashes. */
  public void get(ServerRequest request, ServerResponse response) {
    Engine engine = model.engine();
    model.check(request.path().pathParameters().get("id"));
    JsonBody.send(response, 200, describe(engine));
  }

  private ObjectNode describe(Engine engine) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", model.name())
        .put("object", "model")
        .put("created", model.loaded().getEpochSecond())
        .put("owned_by", "lanewise")
        .put("max_model_len", engine.contextLength());
  }
}
