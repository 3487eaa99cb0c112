package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.engine.Engine;
import dev.lanewise.model.chat.Span;
import dev.lanewise.model.tokenizer.Tokenizer;
import dev.lanewise.server.ServedModel;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What is done to text before and after generation: {@code POST /tokenize}, {@code /detokenize} and
 * {@code /apply-template}, as llama-server has them.
 */
public final class TextEndpoints {
  private static final Set<String> TOKENIZE =
      Set.of("model", "content", "add_special", "parse_special", "with_pieces");
  private static final Set<String> DETOKENIZE = Set.of("model", "tokens");

  private final ServedModel model;
  private final int maxBodyBytes;

  /** Reads bodies of at most {@code maxBodyBytes}. */
  public TextEndpoints(ServedModel model, int maxBodyBytes) {
    this.model = model;
    this.maxBodyBytes = maxBodyBytes;
  }

  /** The tokens of a text. */
  public void tokenize(ServerRequest http, ServerResponse response) {
    RequestFields fields = read(http);
    Engine engine = model.engine();
    fields.refuseUnknown(TOKENIZE);
    checkModel(fields);
    String text =
        fields
            .text("content")
            .orElseThrow(() -> ApiError.invalid("content", "'content' is missing."));
    int[] ids =
        engine
            .prompts()
            .encode(text, fields.flag("add_special", false), fields.flag("parse_special", true));
    boolean withPieces = fields.flag("with_pieces", false);
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    ArrayNode tokens = body.putArray("tokens");
    for (int id : ids) {
      if (withPieces) {
        tokens
            .addObject()
            .put("id", id)
            .set("piece", TokenPiece.json(engine.tokenizer().pieceOf(id)));
      } else {
        tokens.add(id);
      }
    }
    JsonBody.send(response, 200, body);
  }

  /** The text of tokens, special tokens included. */
  public void detokenize(ServerRequest http, ServerResponse response) {
    RequestFields fields = read(http);
    Tokenizer tokenizer = model.engine().tokenizer();
    fields.refuseUnknown(DETOKENIZE);
    checkModel(fields);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (int id : fields.tokens("tokens", tokenizer.vocabularySize())) {
      text.writeBytes(tokenizer.pieceOf(id));
    }
    JsonBody.send(
        response,
        200,
        JsonNodeFactory.instance
            .objectNode()
            .put("content", text.toString(StandardCharsets.UTF_8)));
  }

  /** The prompt that the chat template makes of a chat request. */
  public void applyTemplate(ServerRequest http, ServerResponse response) {
    RequestFields fields = read(http);
    Engine engine = model.engine();
    Conversation conversation = Conversation.read(fields);
    checkModel(fields);
    String prompt =
        conversation.render(engine.prompts()).stream()
            .map(Span::text)
            .collect(Collectors.joining());
    JsonBody.send(response, 200, JsonNodeFactory.instance.objectNode().put("prompt", prompt));
  }

  private RequestFields read(ServerRequest http) {
    return RequestFields.parse(JsonBody.read(http, maxBodyBytes));
  }

  /** As in llama-server, the model need not be named. */
  private void checkModel(RequestFields fields) {
    fields.text("model").ifPresent(model::check);
  }
}
