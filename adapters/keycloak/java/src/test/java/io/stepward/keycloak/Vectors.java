package io.stepward.keycloak;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.keycloak.util.JsonSerialization;

/** The vectors that TypeScript reads, too. A field that nobody reads here is an error. */
final class Vectors {
  static final Path FOLDER = Path.of(System.getProperty("vectors"));

  private Vectors() {}

  static List<JsonNode> read(String file, String... fields) throws IOException {
    JsonNode all = JsonSerialization.readValue(Files.readString(FOLDER.resolve(file)), JsonNode.class);
    List<JsonNode> rows = new ArrayList<>();
    for (JsonNode row : all) {
      Set<String> unknown = new TreeSet<>();
      row.fieldNames().forEachRemaining(unknown::add);
      unknown.removeAll(Set.of(fields));
      if (!unknown.isEmpty()) throw new AssertionError(file + ": nobody reads " + unknown);
      rows.add(row);
    }
    return rows;
  }
}
