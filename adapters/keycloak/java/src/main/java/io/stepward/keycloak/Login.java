package io.stepward.keycloak;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.models.ImpersonationSessionNote;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.UserSessionModel;
import org.keycloak.sessions.AuthenticationSessionModel;

/** One request to the execution, as Keycloak tells of it. Of what the browser sent, only the ticket and the headers are looked at. */
final class Login {
  private static final int LONGEST_TICKET = 1024;

  private final AuthenticationFlowContext context;
  final Kind kind;

  Login(AuthenticationFlowContext context) {
    this.context = context;
    kind = Kind.of(context.getFlowPath(), context.getAuthenticationSession().getClientNote("prompt"));
  }

  AuthenticationSessionModel authSession() {
    return context.getAuthenticationSession();
  }

  RealmModel realm() {
    return context.getRealm();
  }

  UserModel user() {
    return context.getUser();
  }

  String execution() {
    return context.getExecution().getId();
  }

  boolean isRecovery() {
    return "reset-credentials".equals(context.getFlowPath());
  }

  /** By the session cookie alone, without a new proof. */
  boolean isSso() {
    return "true".equals(authSession().getAuthNote("SSO_AUTH"));
  }

  /** The session that the user already has; null where there is none, or another user's. */
  UserSessionModel userSession() {
    UserSessionModel found = context.getSession().sessions().getUserSession(realm(), authSession().getParentSession().getId());
    boolean isOurs = found != null && found.getUser() != null && found.getUser().getId().equals(user().getId());
    return isOurs ? found : null;
  }

  private String sessionNote(String name) {
    UserSessionModel session = userSession();
    return session == null ? null : session.getNote(name);
  }

  boolean isFallbackComplete(List<String> credentials) {
    return FallbackSubflow.isComplete(realm(), context.getExecution(), credentials);
  }

  /** Keycloak's own factor is owed in place of a decision. */
  boolean isFallback() {
    return "true".equals(authSession().getAuthNote(FallbackCondition.NOTE));
  }

  boolean hasCredential(String type) {
    return user().credentialManager().isConfiguredFor(type);
  }

  /** Types of the credentials that were used in this login. */
  Set<String> usedCredentials() {
    Set<String> types = new LinkedHashSet<>();
    // servers before 26.4 keep no list
    if ("true".equals(authSession().getAuthNote("PASSWORD_VALIDATED"))) types.add("password");
    JsonNode listed = Json.read(authSession().getAuthNote("authn.credentials"));
    if (listed != null) for (JsonNode type : listed) types.add(type.asText());
    return types;
  }

  String binding(String action, String key) {
    AuthenticationSessionModel auth = authSession();
    return Binding.of(realm().getId(), auth.getParentSession().getId(), auth.getTabId(), execution(), user().getId(), action, key);
  }

  /** Brings the browser back to this execution. Without the session's id, with which it would work in another browser. */
  String returnUrl() {
    return context.getRefreshExecutionUrl().toString().replaceAll("(?<=[?&])auth_session_id=[^&#]*&?", "").replaceAll("[?&]$", "");
  }

  /** Shows that the challenge was finished in this browser; passed on unread. Null where there is none, or more than one. */
  String ticket() {
    List<String> given = context.getUriInfo().getQueryParameters().get("stepward_ticket");
    if (given == null || given.size() != 1 || given.get(0).isEmpty()) return null;
    return given.get(0).length() > LONGEST_TICKET ? null : given.get(0);
  }

  String ipAddress() {
    return context.getConnection().getRemoteAddr();
  }

  String header(String name) {
    return context.getHttpRequest().getHttpHeaders().getHeaderString(name);
  }

  String clientId() {
    return authSession().getClient().getClientId();
  }

  /** Seconds; null where the application asked for none. */
  Integer maxAge() {
    String asked = authSession().getClientNote("max_age");
    return asked != null && asked.matches("\\d{1,9}") ? Integer.valueOf(asked) : null;
  }

  String protocol() {
    return "saml".equals(authSession().getProtocol()) ? "saml" : "oidc";
  }

  String locale() {
    Locale locale = context.getSession().getContext().resolveLocale(user());
    return locale == null ? null : locale.toLanguageTag();
  }

  /** The identity provider that this user came from; null for none. */
  String identityProvider() {
    JsonNode brokered = Json.read(authSession().getAuthNote("PBL_BROKERED_IDENTITY_CONTEXT"));
    return brokered == null ? sessionNote("identity_provider") : brokered.path("identityProviderId").asText(null);
  }

  boolean isImpersonated() {
    return sessionNote(ImpersonationSessionNote.IMPERSONATOR_ID.toString()) != null;
  }

  List<String> attribute(String name) {
    return user().getAttributeStream(name).limit(50).toList();
  }
}
