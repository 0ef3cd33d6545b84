package io.stepward.keycloak;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.keycloak.util.JsonSerialization;

/** JSON by the library that Keycloak brings. */
final class Json {
  private Json() {}

  static String write(Object value) {
    try {
      return JsonSerialization.writeValueAsString(value);
    } catch (IOException cause) {
      throw new UncheckedIOException(cause);
    }
  }

  /** Null for what is none, or not there. */
  static JsonNode read(String text) {
    if (text == null) return null;
    try {
      return JsonSerialization.readValue(text, JsonNode.class);
    } catch (IOException unreadable) {
      return null;
    }
  }
}
