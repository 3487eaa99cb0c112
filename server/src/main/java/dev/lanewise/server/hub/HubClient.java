package dev.lanewise.server.hub;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/**
 * Asks a hub. Redirects are followed here, and not by the HTTP client, since the token must not go
 * to another host.
 */
final class HubClient implements AutoCloseable {
  private static final int MOST_REDIRECTS = 8;
  private static final int LONGEST_LISTING = 32 << 20;
  private static final Duration CONNECT = Duration.ofSeconds(20);

  private final Hub hub;
  private final Patience patience;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .followRedirects(HttpClient.Redirect.NEVER)
          .connectTimeout(CONNECT)
          .build();

  HubClient(Hub hub, Patience patience) {
    this.hub = hub;
    this.patience = patience;
  }

  /**
   * The files of a model.
   *
   * @param revision a branch, a tag or a commit
   * @throws HubException if there are none, or the hub cannot be asked
   */
  Listing list(ModelReference model, String revision) throws IOException {
    try (Answer answer = send(hub.listing(model, revision), 0, model, revision)) {
      ByteArrayOutputStream json = new ByteArrayOutputStream();
      byte[] buffer = new byte[1 << 16];
      for (int count = answer.read(buffer); count >= 0; count = answer.read(buffer)) {
        json.write(buffer, 0, count);
        if (json.size() > LONGEST_LISTING) {
          throw new HubException("the hub's list of files is longer than any model's; see --hub");
        }
      }
      return Listing.read(json.toByteArray());
    } catch (HubException told) {
      throw told;
    } catch (IOException broken) {
      throw unreachable(hub.listing(model, revision), broken);
    }
  }

  /**
   * Begins to read a file.
   *
   * @param from position to begin at; the hub may begin at 0 all the same
   */
  Answer open(ModelReference model, String commit, HubFile file, long from) throws IOException {
    return send(hub.file(model, commit, file), from, model, commit);
  }

  /** Sends a request until it is answered with what was asked for. */
  private Answer send(URI uri, long from, ModelReference model, String revision)
      throws IOException {
    for (int attempt = 1; ; attempt++) {
      Duration wait = patience.after(attempt);
      try {
        HttpResponse<InputStream> response = follow(uri, from);
        int status = response.statusCode();
        if (status == 200 || status == 206) {
          return new Answer(response, patience.stall());
        }
        response.body().close();
        boolean busy = status == 429 || status >= 500;
        wait = busy ? retryAfter(response).orElse(wait) : wait;
        if (!busy || attempt >= patience.tries() || wait.compareTo(patience.longestWait()) > 0) {
          throw new Refusal(response, hub).of(model, revision);
        }
      } catch (HubException | InterruptedIOException decided) {
        throw decided;
      } catch (IOException broken) {
        if (attempt >= patience.tries()) {
          throw unreachable(uri, broken);
        }
      }
      Patience.pause(wait);
    }
  }

  private static Optional<Duration> retryAfter(HttpResponse<?> response) {
    return response
        .headers()
        .firstValue("Retry-After")
        .filter(value -> value.matches("\\d{1,6}"))
        .map(seconds -> Duration.ofSeconds(Long.parseLong(seconds)));
  }

  private HttpResponse<InputStream> follow(URI uri, long from) throws IOException {
    URI next = uri;
    for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      HttpResponse<InputStream> response = ask(next, from);
      if (response.statusCode() / 100 != 3) {
        return response;
      }
      response.body().close();
      next = target(next, response);
    }
    throw new HubException("%s redirects again and again".formatted(uri));
  }

  private static URI target(URI from, HttpResponse<?> response) throws HubException {
    String location = response.headers().firstValue("Location").orElse("");
    URI target;
    try {
      target = from.resolve(location);
    } catch (IllegalArgumentException malformed) {
      throw new HubException(from.getHost() + " redirects to what is no address", malformed);
    }
    boolean downgrade = from.getScheme().equals("https") && "http".equals(target.getScheme());
    if (location.isEmpty() || !Hub.isHttp(target) || downgrade) {
      throw new HubException(
          "%s redirects to an address that is not used: '%s'"
              .formatted(from.getHost(), location.replaceAll("[?#].*|\\p{Cntrl}", "")));
    }
    return target;
  }

  private HttpResponse<InputStream> ask(URI uri, long from) throws IOException {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).header("User-Agent", "lanewise");
    hub.tokenFor(uri).ifPresent(token -> request.header("Authorization", "Bearer " + token));
    if (from > 0) {
      request.header("Range", "bytes=%d-".formatted(from));
    }
    // A timeout of the request would count the body too in some versions of Java.
    CompletableFuture<HttpResponse<InputStream>> answer =
        http.sendAsync(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    try {
      return answer.get(patience.stall().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException silent) {
      answer.cancel(true);
      throw new IOException("no answer", silent);
    } catch (InterruptedException stopped) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped");
    } catch (ExecutionException failure) {
      Throwable cause = failure.getCause();
      if (cause instanceof ConnectException
          || cause instanceof HttpConnectTimeoutException
          || cause instanceof SSLException) {
        throw unreachable(uri, cause);
      }
      throw new IOException(cause.getMessage(), cause);
    }
  }

  private static HubException unreachable(URI uri, Throwable cause) {
    String why = cause.getMessage() == null ? "" : " (%s)".formatted(cause.getMessage());
    return new HubException.Unreachable(
        "cannot reach %s://%s%s; check the network, a proxy (LANEWISE_JAVA_OPTS=-Dhttps.proxyHost=...) or --hub; models that were pulled before need no network"
            .formatted(uri.getScheme(), uri.getAuthority(), why),
        cause);
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
