package io.stepward.keycloak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

final class VectorsTest {
  @Test
  void everyFileIsRead() throws IOException {
    try (Stream<java.nio.file.Path> files = Files.list(Vectors.FOLDER)) {
      TreeSet<String> ours =
          files.map(file -> file.getFileName().toString()).filter(name -> name.startsWith("keycloak-")).collect(Collectors.toCollection(TreeSet::new));
      assertEquals(new TreeSet<>(List.of("keycloak-binding.json", "keycloak-exchange.json", "keycloak-settings.json")), ours);
    }
  }

  @Test
  void outcomeTable() throws IOException {
    for (JsonNode row : Vectors.read("outcome-table.json", "state", "kind", "failurePolicy", "effect")) {
      Kind kind = Kind.valueOf(row.get("kind").asText().toUpperCase(Locale.ROOT));
      OutcomeTable.Effect effect =
          switch (row.get("state").asText()) {
            case "unreachable at track" -> OutcomeTable.UNREACHABLE_AT_TRACK;
            case "unreachable at consume" -> OutcomeTable.UNREACHABLE_AT_CONSUME;
            default -> OutcomeTable.effectOf(row.get("state").asText(), kind);
          };
      assertEquals(row.get("effect").asText(), effect.name().toLowerCase(Locale.ROOT).replace('_', '-'), row.toString());
    }
  }

  @TestFactory
  Stream<DynamicTest> binding() throws IOException {
    return Vectors.read("keycloak-binding.json", "inputs", "binding").stream()
        .map(
            row ->
                dynamicTest(
                    row.get("binding").asText(),
                    () -> {
                      JsonNode in = row.get("inputs");
                      String hash =
                          Binding.of(
                              in.get("realm").asText(),
                              in.get("rootSession").asText(),
                              in.get("tab").asText(),
                              in.get("execution").asText(),
                              in.get("user").asText(),
                              in.get("action").asText(),
                              in.get("key").asText());
                      assertEquals(row.get("binding").asText(), hash);
                    }));
  }

  @TestFactory
  Stream<DynamicTest> settings() throws IOException {
    return Vectors.read("keycloak-settings.json", "name", "config", "spi", "vault", "valid", "error", "reads").stream()
        .map(row -> dynamicTest(row.get("name").asText(), () -> checkSettings(row)));
  }

  private static void checkSettings(JsonNode row) throws InvalidSettings {
    Map<String, String> config = textsOf(row.get("config"));
    Map<String, String> vault = textsOf(row.path("vault"));
    JsonNode spi = row.get("spi");
    Settings.Defaults defaults =
        new Settings.Defaults(spi.path("apiUrl").asText(null), spi.path("serverKey").asText(null), spi.path("allowLiteralKey").asBoolean(false));
    if (!row.get("valid").asBoolean()) {
      InvalidSettings problem = assertThrows(InvalidSettings.class, () -> Settings.read(config, defaults, vault::get));
      assertEquals(row.get("error").asText(), problem.setting);
      String given = config.get("stepward." + problem.setting);
      if (given != null && given.length() > 8) assertEquals(-1, problem.getMessage().indexOf(given), "the value is told");
      return;
    }
    Settings settings = Settings.read(config, defaults, vault::get);
    Map<String, Object> read = new HashMap<>();
    read.put("apiUrl", settings.apiUrl());
    read.put("serverKey", settings.serverKey());
    read.put("challengeOrigin", settings.challengeOrigin());
    read.put("action", settings.action());
    read.put("failurePolicy", settings.failurePolicy().said());
    read.put("deadlineMs", String.valueOf(settings.deadlineMs()));
    read.put("fallbackCredentials", String.join("##", settings.fallbackCredentials()));
    textsOf(row.path("reads")).forEach((name, value) -> assertEquals(value, read.get(name), name));
  }

  static Map<String, String> textsOf(JsonNode node) {
    Map<String, String> texts = new HashMap<>();
    node.fields().forEachRemaining(field -> texts.put(field.getKey(), field.getValue().asText()));
    return texts;
  }
}
