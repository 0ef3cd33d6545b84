package io.stepward.keycloak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Plays each exchange: what is asked, how often, and what becomes of the answer. */
final class ExchangeTest {
  private record Asked(String method, String path, String body) {}

  @TestFactory
  Stream<DynamicTest> exchanges() throws IOException {
    return Vectors.read(
            "keycloak-exchange.json",
            "name",
            "given",
            "kind",
            "note",
            "ticket",
            "settings",
            "request",
            "reply",
            "effect",
            "page",
            "event",
            "retries",
            "notes")
        .stream()
        .map(row -> dynamicTest(row.get("name").asText(), () -> play(row)));
  }

  private static void play(JsonNode row) throws Exception {
    List<Asked> asked = new CopyOnWriteArrayList<>();
    CountDownLatch over = new CountDownLatch(1);
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext(
        "/",
        exchange -> {
          String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          asked.add(new Asked(exchange.getRequestMethod(), exchange.getRequestURI().getRawPath(), body));
          JsonNode reply = row.get("reply");
          if (reply.isTextual()) {
            if (reply.asText().equals("timeout")) await(over);
            exchange.close();
            return;
          }
          byte[] text = reply.get("body").isTextual() ? bytes(reply.get("body").asText()) : bytes(reply.get("body").toString());
          VectorsTest.textsOf(reply.path("headers")).forEach(exchange.getResponseHeaders()::set);
          exchange.sendResponseHeaders(reply.get("status").asInt(), text.length);
          exchange.getResponseBody().write(text);
          exchange.close();
        });
    server.start();
    try {
      check(row, "http://127.0.0.1:" + server.getAddress().getPort(), asked);
    } finally {
      over.countDown();
      server.stop(0);
    }
  }

  private static void check(JsonNode row, String apiUrl, List<Asked> asked) throws Exception {
    Map<String, String> config = new HashMap<>();
    VectorsTest.textsOf(row.get("settings")).forEach((name, value) -> config.put("stepward." + name, value));
    config.put("stepward.apiUrl", apiUrl);
    config.putIfAbsent("stepward.challengeOrigin", "https://stepward.example");
    Settings settings = Settings.read(config, new Settings.Defaults(null, "sk_test_0000000000000000", false), name -> null);

    FakeLogin fake = new FakeLogin();
    Kind kind = Kind.valueOf(row.get("kind").asText().toUpperCase(Locale.ROOT));
    if (kind == Kind.DIRECT) fake.flowPath = "token";
    if (kind == Kind.SILENT) fake.clientNotes.put("prompt", "none");
    if (row.has("ticket")) fake.query.add("stepward_ticket", row.get("ticket").asText());
    Login login = fake.make();
    if (row.has("note"))
      new LoginState(FakeLogin.KEY, "https://stepward.example/challenge?c=0123456789abcdefghijkl", row.get("note").get("state").asText(), 1)
          .keep(login.authSession(), "exec-1");

    Decision decision = new Decision(login, settings, new CoreClient(), FakeLogin.IDS, () -> kind == Kind.DIRECT ? null : FakeLogin.DEVICE);
    Outcome outcome = decision.enter(null);

    JsonNode request = row.get("request");
    assertEquals(row.get("retries").asInt() + 1, asked.size(), "calls");
    for (Asked one : asked) {
      assertEquals(request.get("method").asText() + " " + request.get("path").asText(), one.method() + " " + one.path());
      assertEquals(request.get("body"), Json.read(one.body()));
    }
    assertEquals(row.get("effect").asText(), outcome.refusal != null ? "refuse" : outcome.url != null ? "redirect" : "proceed");
    if (outcome.refusal != null) assertEquals(row.get("page").asText(), outcome.refusal.messageKey);
    VectorsTest.textsOf(row.path("event")).forEach((name, value) -> assertEquals(value, decision.details.get(name), name));
    VectorsTest.textsOf(row.path("notes")).forEach((name, value) -> assertEquals(value, fake.userSessionNotes.get(name), name));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void await(CountDownLatch over) {
    try {
      over.await();
    } catch (InterruptedException cause) {
      Thread.currentThread().interrupt();
    }
  }
}
