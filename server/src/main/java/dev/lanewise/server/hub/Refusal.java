package dev.lanewise.server.hub;

import java.net.http.HttpResponse;

/** What an answer other than the one hoped for means, for people. */
record Refusal(HttpResponse<?> response, Hub hub) {
  /** Why something of a model at a revision was not to be had, and what to do. */
  HubException of(ModelReference model, String revision) {
    String host = response.uri().getHost();
    String page = hub + "/" + model.repository();
    return switch (response.statusCode()) {
      case 401 ->
          new HubException(
              hub.hasToken()
                  ? "%s: %s does not accept the token, or it may not read this model; see %s"
                      .formatted(model, host, page)
                  : "%s: there is no such model, or %s wants a token for it: set HF_TOKEN or name a file with --token-file; see %s"
                      .formatted(model, host, page));
      case 403 ->
          new HubException(
              hub.hasToken()
                  ? "%s: the token may not read this model; its terms may have to be accepted on %s"
                      .formatted(model, page)
                  : "%s: %s wants a token for this model: accept its terms on %s, then set HF_TOKEN or name a file with --token-file"
                      .formatted(model, host, page));
      case 404 ->
          new HubException(
              "%s: no such file here, and no such model with a revision '%s' on %s"
                  .formatted(model, revision, hub));
      case 416 ->
          new HubException.WrongContent(
              "%s: a file is shorter than %s says; try again".formatted(model, hub));
      case 429 ->
          new HubException("%s: %s has had too many requests%s".formatted(model, host, comeBack()));
      default ->
          new HubException(
              "%s: %s answers %d%s".formatted(model, host, response.statusCode(), comeBack()));
    };
  }

  private String comeBack() {
    return response
        .headers()
        .firstValue("Retry-After")
        .filter(value -> value.matches("\\d{1,6}"))
        .map("; try again in %s seconds"::formatted)
        .orElse("; try again later");
  }
}
