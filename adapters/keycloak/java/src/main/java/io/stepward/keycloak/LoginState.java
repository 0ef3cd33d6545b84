package io.stepward.keycloak;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.keycloak.sessions.AuthenticationSessionModel;

/**
 * What an execution keeps of its action instance in the authentication session, where the browser can neither read nor write.
 *
 * @param url of the challenge; empty where none is owed
 * @param attempt counts the challenges of this login, from 1
 */
record LoginState(String key, String url, String state, int attempt) {
  private static final int VERSION = 1;

  LoginState in(String next) {
    return new LoginState(key, url, next, attempt);
  }

  boolean isPending() {
    return state.equals("CHALLENGE_REQUIRED") || state.equals("REVIEW_REQUIRED");
  }

  static String noteOf(String execution) {
    return "stepward:" + execution;
  }

  /** Null where there is none, or one that another version left. */
  static LoginState read(AuthenticationSessionModel session, String execution) {
    JsonNode note = Json.read(session.getAuthNote(noteOf(execution)));
    if (note == null || note.path("v").asInt() != VERSION) return null;
    return new LoginState(
        note.path("key").asText(), note.path("url").asText(), note.path("state").asText(), note.path("attempt").asInt(1));
  }

  void keep(AuthenticationSessionModel session, String execution) {
    Map<String, Object> note = new LinkedHashMap<>();
    note.put("v", VERSION);
    note.put("key", key);
    note.put("url", url);
    note.put("state", state);
    note.put("attempt", attempt);
    session.setAuthNote(noteOf(execution), Json.write(note));
  }

  static void forget(AuthenticationSessionModel session, String execution) {
    session.removeAuthNote(noteOf(execution));
  }
}
