package io.stepward.keycloak;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.keycloak.models.UserModel;

/** A login as a body of track. Names, credentials and tokens stay in Keycloak. */
final class TrackRequest {
  private static final int LONGEST_AGENT = 1024;
  static final String VERSION = versionOf(TrackRequest.class.getPackage().getImplementationVersion());

  private TrackRequest() {}

  static Map<String, Object> of(Login login, Settings settings, String key, String device, int[] undecided) {
    UserModel user = login.user();
    boolean isVouched = user.isEmailVerified() && user.getEmail() != null;
    Map<String, Object> body = new LinkedHashMap<>();
    put(body, "idempotencyKey", key);
    put(body, "binding", login.binding(settings.action(), key));
    put(body, "returnUrl", login.kind.canRedirect() ? login.returnUrl() : null);
    put(body, "ipAddress", login.ipAddress());
    put(body, "userAgent", agentOf(login));
    put(body, "deviceId", device);
    put(body, "locale", login.locale());
    put(body, "email", isVouched ? user.getEmail() : null);
    put(body, "emailVerified", isVouched ? true : null);
    put(body, "username", user.getUsername());
    put(body, "custom", dataPoints(login, settings));
    put(body, "context", context(login, settings, device, undecided));
    return body;
  }

  /** As much of it as tells browsers apart. */
  static String agentOf(Login login) {
    String agent = login.header("User-Agent");
    return agent == null ? null : agent.substring(0, Math.min(agent.length(), LONGEST_AGENT));
  }

  private static Map<String, Object> context(Login login, Settings settings, String device, int[] undecided) {
    Map<String, Object> context = new LinkedHashMap<>();
    put(context, "adapter", "keycloak");
    put(context, "adapterVersion", VERSION);
    put(context, "clientId", login.clientId());
    put(context, "protocol", login.protocol());
    put(context, "flow", flowOf(login));
    put(context, "canRedirect", login.kind.canRedirect());
    put(context, "requestedAcr", settings.requiredAcr() == null ? null : List.of(settings.requiredAcr()));
    put(context, "maxAge", login.maxAge());
    put(context, "authenticationMethods", methodsOf(login));
    put(context, "acceptLanguage", login.header("Accept-Language"));
    put(context, "deviceVouched", device == null ? null : true);
    boolean isTold = undecided[0] + undecided[1] > 0;
    put(context, "undecided", isTold ? Map.of("proceeded", undecided[0], "refused", undecided[1]) : null);
    put(context, "roles", settings.sendRoles() ? Membership.realmRoles(login.user()) : null);
    put(context, "groups", settings.sendGroups() ? Membership.groupPaths(login.user()) : null);
    return context;
  }

  private static String flowOf(Login login) {
    return login.isRecovery() ? "recovery" : login.kind.flow();
  }

  /** A reset of credentials was opened by a mail: its mailbox cannot step it up. */
  private static List<Map<String, String>> methodsOf(Login login) {
    if (login.isRecovery()) return List.of(Map.of("method", "otp", "channel", "email"));
    List<Map<String, String>> methods = new ArrayList<>();
    for (String type : login.usedCredentials()) {
      if (type.equals("password")) methods.add(Map.of("method", "pwd"));
      else if (type.equals("otp")) methods.add(Map.of("method", "otp"));
      else if (type.startsWith("webauthn")) methods.add(Map.of("method", "pop"));
    }
    return methods.isEmpty() ? null : methods;
  }

  private static Map<String, Object> dataPoints(Login login, Settings settings) {
    Map<String, Object> custom = new LinkedHashMap<>();
    put(custom, "keycloakRealm", login.realm().getName());
    put(custom, "keycloakIdp", login.identityProvider());
    put(custom, "keycloakSso", login.isSso());
    put(custom, "keycloakImpersonated", login.isImpersonated());
    for (String name : settings.attributes()) {
      List<String> values = login.attribute(name);
      if (!values.isEmpty()) put(custom, "attr_" + name.replaceAll("[^A-Za-z0-9_]", "_"), values.size() == 1 ? values.get(0) : values);
    }
    return custom;
  }

  private static String versionOf(String written) {
    return written == null ? "0.0.0" : written;
  }

  /** Leaves out what is not there. */
  private static void put(Map<String, Object> to, String name, Object value) {
    if (value != null) to.put(name, value);
  }
}
