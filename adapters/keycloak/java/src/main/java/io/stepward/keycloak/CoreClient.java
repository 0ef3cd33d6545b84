package io.stepward.keycloak;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** Calls the core. One connection pool for each server and timeout; the key comes with each call, so realms share nothing else. */
final class CoreClient {
  private static final Set<Integer> LOST = Set.of(0, 502, 503, 504);

  /** By timeout and address. */
  private final Map<String, HttpClient> clients = new ConcurrentHashMap<>();

  /** Logins that went on, and those that were refused, without a decision: told with the next one of their realm. */
  private final Map<String, int[]> undecided = new ConcurrentHashMap<>();

  int[] takeUndecided(String realm) {
    int[] counted = undecided.remove(realm);
    return counted == null ? new int[2] : counted;
  }

  void addUndecided(String realm, int proceeded, int refused) {
    if (proceeded + refused > 0) undecided.merge(realm, new int[] {proceeded, refused}, (a, b) -> new int[] {a[0] + b[0], a[1] + b[1]});
  }

  /** Asks for a decision. */
  Answer track(Settings settings, String userId, Object body) {
    return post(settings, actionPath(userId, settings.action()), body);
  }

  /** Uses up a finished challenge, once. */
  Answer consume(Settings settings, String userId, String key, Object body) {
    return post(settings, actionPath(userId, settings.action()) + "/" + segment(key) + "/consume", body);
  }

  private static String actionPath(String userId, String action) {
    return "/v1/users/" + segment(userId) + "/actions/" + segment(action);
  }

  /** Throws for what would name another path; whatever is thrown denies. */
  static String segment(String value) {
    if (value == null || value.isEmpty() || value.equals(".") || value.equals(".."))
      throw new IllegalArgumentException("no part of a path");
    return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /**
   * One deadline for all, no redirect followed. A second try after a lost connection, 502, 503 or 504, with a third of the time left;
   * it sends the same, which counts once.
   */
  private Answer post(Settings settings, String path, Object body) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.deadlineMs());
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(settings.apiUrl() + path))
            .timeout(Duration.ofMillis(settings.deadlineMs()))
            .header("authorization", "Basic " + base64(settings.serverKey() + ":"))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(Json.write(body)))
            .build();
    Answer first = attempt(settings, request, deadline, 1);
    long left = deadline - System.nanoTime();
    boolean again = LOST.contains(first.status()) && left >= TimeUnit.MILLISECONDS.toNanos(settings.deadlineMs()) / 3;
    return again ? attempt(settings, request, deadline, 2) : first;
  }

  private Answer attempt(Settings settings, HttpRequest request, long deadline, int tries) {
    AtomicInteger status = new AtomicInteger();
    CompletableFuture<HttpResponse<byte[]>> sent =
        clientOf(settings)
            .sendAsync(
                request,
                head -> {
                  status.set(head.statusCode());
                  return new LimitedBody();
                });
    try {
      HttpResponse<byte[]> response = sent.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      return new Answer(response.statusCode(), objectIn(response.body()), tries);
    } catch (TimeoutException | ExecutionException cause) {
      sent.cancel(true);
    } catch (InterruptedException cause) {
      sent.cancel(true);
      Thread.currentThread().interrupt();
    }
    // a refusal is one, whatever becomes of its words; a consent is none until all of it is there
    return new Answer(status.get() == 200 ? 0 : status.get(), null, tries);
  }

  private HttpClient clientOf(Settings settings) {
    return clients.computeIfAbsent(
        settings.connectTimeoutMs() + " " + settings.apiUrl(),
        pool ->
            HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(Duration.ofMillis(settings.connectTimeoutMs()))
                .build());
  }

  private static JsonNode objectIn(byte[] body) {
    JsonNode read = body == null ? null : Json.read(new String(body, StandardCharsets.UTF_8));
    return read != null && read.isObject() ? read : null;
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
