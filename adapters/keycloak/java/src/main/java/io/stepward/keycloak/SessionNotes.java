package io.stepward.keycloak;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.keycloak.models.UserSessionModel;
import org.keycloak.sessions.AuthenticationSessionModel;

/** What a login leaves in its sessions: for the mappers of claims, and for executions that come after it. */
final class SessionNotes {
  private static final String ACR = "stepward.acr";
  private static final String AMR = "stepward.amr";
  private static final String TIME = "stepward.time";
  private static final String ACTION = "stepward.action";
  private static final String DEGRADED = "stepward.degraded";
  private static final String LEVELS = "urn:stepward:aal";

  private SessionNotes() {}

  /** Says how the login was decided. Keycloak copies it to the user session when the login is complete, on SSO too. */
  static void decided(Login login, Settings settings, String key, Answer answer, long now) {
    AuthenticationSessionModel auth = login.authSession();
    auth.setUserSessionNote("stepward.state", answer.text("state"));
    auth.setUserSessionNote("stepward.instance", key);
    undecidedOrNot(login, settings, false, now);
    proof(login, ACR, answer.text("acr"));
    JsonNode amr = answer.body().get("amr");
    proof(login, AMR, amr != null && amr.isArray() && !amr.isEmpty() ? amr.toString() : null);
    Set<String> met = new TreeSet<>();
    if (settings.requiredAcr() != null) met.add(settings.requiredAcr());
    if (answer.text("acr") != null) met.add(answer.text("acr"));
    done(login, settings, met, false);
  }

  /** Says that the login went on without a decision. */
  static void undecided(Login login, Settings settings, long now) {
    undecidedOrNot(login, settings, true, now);
    proof(login, ACR, null);
    proof(login, AMR, null);
    done(login, settings, Set.of(), true);
  }

  private static void undecidedOrNot(Login login, Settings settings, boolean isDegraded, long now) {
    AuthenticationSessionModel auth = login.authSession();
    auth.setUserSessionNote(ACTION, settings.action());
    auth.setUserSessionNote(TIME, String.valueOf(now / 1000));
    // once without a decision, the login stays so, whatever another execution hears
    boolean wasDegraded = "true".equals(auth.getUserSessionNotes().get(DEGRADED));
    auth.setUserSessionNote(DEGRADED, String.valueOf(isDegraded || wasDegraded));
  }

  /** What another execution of this login proved stays; what an earlier login of the session proved goes. */
  private static void proof(Login login, String note, String value) {
    AuthenticationSessionModel auth = login.authSession();
    if (value != null) auth.setUserSessionNote(note, value);
    else if (!auth.getUserSessionNotes().containsKey(note) && login.userSession() != null) login.userSession().removeNote(note);
  }

  private static String doneNote(String action) {
    return "stepward.done:" + action;
  }

  private static void done(Login login, Settings settings, Set<String> met, boolean isDegraded) {
    Map<String, Object> note = Map.of("user", login.user().getId(), "acr", met, "degraded", isDegraded);
    login.authSession().setAuthNote(doneNote(settings.action()), Json.write(note));
  }

  /** Whether this user already proceeded with this action in this login, with what is required here. */
  static boolean hasProceeded(Login login, Settings settings) {
    JsonNode note = Json.read(login.authSession().getAuthNote(doneNote(settings.action())));
    if (note == null || !login.user().getId().equals(note.path("user").asText())) return false;
    if (settings.requiredAcr() == null) return true;
    if (note.path("degraded").asBoolean(true)) return false;
    for (JsonNode acr : note.path("acr")) if (meets(acr.asText(), settings.requiredAcr())) return true;
    return false;
  }

  private static boolean meets(String acr, String required) {
    if (acr.equals(required)) return true;
    boolean areLevels = acr.startsWith(LEVELS) && required.startsWith(LEVELS) && acr.length() == required.length();
    return areLevels && acr.compareTo(required) > 0;
  }

  /** Whether the session was decided for this action lately enough for the cookie to do. */
  static boolean isReusable(UserSessionModel session, Settings settings, long now) {
    String time = session.getNote(TIME);
    if (time == null || !time.matches("\\d{1,12}") || !"false".equals(session.getNote(DEGRADED))) return false;
    long age = now / 1000 - Long.parseLong(time);
    return settings.action().equals(session.getNote(ACTION)) && age >= 0 && age < settings.ssoReuseSeconds();
  }
}
