package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.engine.GenerationFailed;
import dev.lanewise.engine.GenerationTimedOut;
import dev.lanewise.engine.InvalidRequest;
import dev.lanewise.engine.QueueFull;
import dev.lanewise.engine.grammar.GrammarError;
import java.util.OptionalInt;

/** An error in the shape of the OpenAI API: {@code {"error": {message, type, param, code}}}. */
public final class ApiError extends RuntimeException {
  private static final long serialVersionUID = 1;
  private static final String INVALID_REQUEST = "invalid_request_error";

  private final int status;
  private final String type;
  private final String param;
  private final String code;
  private final int retryAfterSeconds;

  private ApiError(int status, String type, String param, String code, String message) {
    this(status, type, param, code, message, 0);
  }

  private ApiError(
      int status, String type, String param, String code, String message, int retryAfterSeconds) {
    super(message);
    this.status = status;
    this.type = type;
    this.param = param;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** 400: a field is wrong. {@code field} is null where the body as a whole is. */
  public static ApiError invalid(String field, String message) {
    return new ApiError(400, INVALID_REQUEST, field, null, message);
  }

  /** 400: a field asks for something this version does not do. */
  public static ApiError unsupported(String field, String message) {
    return new ApiError(400, INVALID_REQUEST, field, "unsupported_parameter", message);
  }

  /** 401: no key, or one that is not known. */
  static ApiError withoutKey(boolean shown) {
    return new ApiError(
        401,
        INVALID_REQUEST,
        null,
        "invalid_api_key",
        shown
            ? "The API key is not one of this server's."
            : "An API key is needed here: send the header 'Authorization: Bearer KEY'.");
  }

  /**
   * For a request that is not proper HTTP.
   *
   * @param reason what is wrong with it; null where there is nothing to tell
   */
  static ApiError refused(int status, String reason) {
    if (status >= 500 && status != 501 && status != 505) {
      return new ApiError(
          status, "server_error", null, null, "The server failed to process the request.");
    }
    String message = "The request is not HTTP as this server reads it.";
    return new ApiError(
        status,
        INVALID_REQUEST,
        null,
        status == 413 ? "request_too_large" : null,
        reason == null || reason.isBlank() ? message : message + " " + reason);
  }

  /** 400: a text is longer than the context. */
  static ApiError contextLengthExceeded(String field, String message) {
    return new ApiError(400, INVALID_REQUEST, field, "context_length_exceeded", message);
  }

  /** 404: no such model. */
  public static ApiError unknownModel(String asked, String served) {
    return new ApiError(
        404,
        INVALID_REQUEST,
        "model",
        "model_not_found",
        "The model '%s' does not exist here; this server has '%s'.".formatted(asked, served));
  }

  /** 404: no such path. */
  public static ApiError unknownPath(String method, String path) {
    return new ApiError(
        404, INVALID_REQUEST, null, null, "Unknown request URL: %s %s.".formatted(method, path));
  }

  /** 405: the path exists, for other methods. */
  public static ApiError wrongMethod(String method, String path, String allowed) {
    return new ApiError(
        405,
        INVALID_REQUEST,
        null,
        "method_not_allowed",
        "%s is not allowed for %s; use %s.".formatted(method, path, allowed));
  }

  /** 413: the body is longer than the server reads. */
  public static ApiError tooLarge(long limit) {
    return new ApiError(
        413,
        INVALID_REQUEST,
        null,
        "request_too_large",
        "The request body is larger than %d bytes.".formatted(limit));
  }

  /** 429: as many requests as are accepted are running or waiting. */
  private static ApiError tooManyRequests(QueueFull full) {
    return new ApiError(
        429,
        "rate_limit_error",
        null,
        "queue_full",
        capitalized(full.getMessage()) + ".",
        full.retryAfterSeconds());
  }

  /** 503: loading, or shutting down. */
  public static ApiError unavailable(String message) {
    return new ApiError(503, "service_unavailable", null, "service_unavailable", message);
  }

  /** The error for an exception; unexpected ones become a 500 that tells nothing of the inside. */
  public static ApiError of(Throwable thrown) {
    return of(thrown, null);
  }

  /** As {@link #of(Throwable)}; errors about a grammar name the field that it comes from. */
  static ApiError of(Throwable thrown, String grammarField) {
    return switch (thrown) {
      case ApiError error -> error;
      case InvalidRequest invalid -> invalid(invalid.field(), invalid.getMessage());
      case QueueFull full -> tooManyRequests(full);
      case GenerationTimedOut late ->
          new ApiError(504, "timeout_error", null, "timeout", capitalized(late.getMessage()) + ".");
      case GrammarError grammar -> invalid(grammarField, ofGrammar(grammar));
      case GenerationFailed failed when failed.getCause() instanceof GrammarError grammar ->
          invalid(grammarField, ofGrammar(grammar));
      case GenerationFailed failed when failed.getCause() == null ->
          unavailable(capitalized(failed.getMessage()) + ".");
      default ->
          new ApiError(
              500, "server_error", null, null, "The server failed to process the request.");
    };
  }

  private static String ofGrammar(GrammarError error) {
    return "The answer cannot be kept to the format asked for: %s.".formatted(error.getMessage());
  }

  private static String capitalized(String text) {
    return text.substring(0, 1).toUpperCase(java.util.Locale.ROOT) + text.substring(1);
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  /** When it may be worth trying again; empty for never or unknown. */
  public OptionalInt retryAfterSeconds() {
    return retryAfterSeconds == 0 ? OptionalInt.empty() : OptionalInt.of(retryAfterSeconds);
  }

  /** The error as JSON. */
  public ObjectNode toJson() {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.putObject("error")
        .put("message", getMessage())
        .put("type", type)
        .put("param", param)
        .put("code", code);
    return body;
  }
}
