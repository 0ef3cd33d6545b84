package io.stepward.keycloak;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What came of a call to the core.
 *
 * @param status 0 where there was no answer in time
 * @param body null where it is no JSON object
 */
record Answer(int status, JsonNode body, int tries) {
  /** No decision could be had: not in time, not reached, or 5xx. */
  boolean isNone() {
    return status == 0 || status >= 500;
  }

  String text(String field) {
    JsonNode found = body == null ? null : body.get(field);
    return found != null && found.isTextual() ? found.asText() : null;
  }
}
