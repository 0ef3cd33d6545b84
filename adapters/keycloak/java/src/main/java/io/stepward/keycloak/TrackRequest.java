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

  static Map<String, Object> of(Login login, Settings settings, String key, String device) {
    UserModel user = login.user();
    boolean isVouched = user.isEmailVerified() && user.getEmail() != null;
    Map<String, Object> body = new Body();
    body.put("idempotencyKey", key);
    body.put("binding", login.binding(settings.action(), key).hash());
    body.put("returnUrl", login.kind.canRedirect() ? login.returnUrl() : null);
    body.put("ipAddress", login.ipAddress());
    body.put("userAgent", agentOf(login));
    body.put("deviceId", device);
    body.put("locale", login.locale());
    body.put("email", isVouched ? user.getEmail() : null);
    body.put("emailVerified", isVouched ? true : null);
    body.put("username", user.getUsername());
    body.put("custom", dataPoints(login, settings));
    body.put("context", context(login, settings, device));
    return body;
  }

  /** As much of it as tells browsers apart. */
  static String agentOf(Login login) {
    String agent = login.header("User-Agent");
    return agent == null ? null : agent.substring(0, Math.min(agent.length(), LONGEST_AGENT));
  }

  private static Map<String, Object> context(Login login, Settings settings, String device) {
    Map<String, Object> context = new Body();
    context.put("adapter", "keycloak");
    context.put("adapterVersion", VERSION);
    context.put("clientId", login.clientId());
    context.put("protocol", login.protocol());
    context.put("flow", flowOf(login));
    context.put("canRedirect", login.kind.canRedirect());
    context.put("requestedAcr", settings.requiredAcr() == null ? null : List.of(settings.requiredAcr()));
    context.put("maxAge", login.maxAge());
    context.put("authenticationMethods", methodsOf(login));
    context.put("acceptLanguage", login.header("Accept-Language"));
    context.put("deviceVouched", device == null ? null : true);
    context.put("roles", settings.sendRoles() ? Membership.realmRoles(login.user()) : null);
    context.put("groups", settings.sendGroups() ? Membership.groupPaths(login.user()) : null);
    return context;
  }

  private static String flowOf(Login login) {
    return switch (login.kind) {
      case INTERACTIVE -> login.isRecovery() ? "recovery" : "interactive";
      case SILENT -> "silent";
      case DIRECT -> "direct";
    };
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
    Map<String, Object> custom = new Body();
    custom.put("keycloakRealm", login.realm().getName());
    custom.put("keycloakIdp", login.identityProvider());
    custom.put("keycloakSso", login.isSso());
    custom.put("keycloakImpersonated", login.isImpersonated());
    for (String name : settings.attributes()) {
      List<String> values = login.attribute(name);
      if (!values.isEmpty()) custom.put("attr_" + name.replaceAll("[^A-Za-z0-9_]", "_"), values.size() == 1 ? values.get(0) : values);
    }
    return custom;
  }

  private static String versionOf(String written) {
    return written == null ? "0.0.0" : written;
  }

  /** Leaves out what is not there. */
  private static final class Body extends LinkedHashMap<String, Object> {
    private static final long serialVersionUID = 1L;

    @Override
    public Object put(String name, Object value) {
      return value == null ? null : super.put(name, value);
    }
  }
}
