package io.stepward.keycloak;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/** How the browser of a login can be led. */
enum Kind {
  /** A person at a page. */
  INTERACTIVE,
  /** A check without a page: whatever is answered, the application hears that a login is required. */
  SILENT,
  /** No browser at all. */
  DIRECT;

  private static final Set<String> PAGES =
      Set.of("authenticate", "post-broker-login", "reset-credentials", "registration", "first-broker-login");

  static Kind of(String flowPath, String prompt) {
    if (flowPath == null || !PAGES.contains(flowPath)) return DIRECT;
    return prompt != null && List.of(prompt.trim().split("\\s+")).contains("none") ? SILENT : INTERACTIVE;
  }

  /** As the core calls it. */
  String flow() {
    return name().toLowerCase(Locale.ROOT);
  }

  boolean canRedirect() {
    return this == INTERACTIVE;
  }
}
