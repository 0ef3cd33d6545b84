package io.stepward.keycloak;

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
}
