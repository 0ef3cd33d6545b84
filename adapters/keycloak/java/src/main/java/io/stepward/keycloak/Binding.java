package io.stepward.keycloak;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** Ties an action instance to the login that caused it. Computed anew from the live session each time: it is kept nowhere. */
final class Binding {
  private Binding() {}

  static String of(String realm, String rootSession, String tab, String execution, String user, String action, String key) {
    String text = String.join("\n", "stepward-keycloak-v1", realm, rootSession, tab, execution, user, action, key);
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
    } catch (NoSuchAlgorithmException cause) {
      throw new IllegalStateException(cause);
    }
  }
}
