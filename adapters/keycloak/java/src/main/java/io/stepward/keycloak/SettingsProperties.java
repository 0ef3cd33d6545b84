package io.stepward.keycloak;

import static org.keycloak.provider.ProviderConfigProperty.BOOLEAN_TYPE;
import static org.keycloak.provider.ProviderConfigProperty.LIST_TYPE;
import static org.keycloak.provider.ProviderConfigProperty.MULTIVALUED_STRING_TYPE;
import static org.keycloak.provider.ProviderConfigProperty.STRING_TYPE;

import java.util.List;
import org.keycloak.provider.ProviderConfigProperty;

/**
 * The settings as the admin console shows them. All are declared, and none as secret: newer servers mask what is not, and the key is only
 * ever a reference.
 */
final class SettingsProperties {
  private SettingsProperties() {}

  static final List<ProviderConfigProperty> ALL =
      List.of(
          text("apiUrl", "Server", "Address of your Stepward server (its STEPWARD_PUBLIC_URL). Empty: the one that this server was started with.", null),
          text(
              "serverKey",
              "Server key",
              "A reference to Keycloak's vault, such as ${vault.stepward_key}. A key itself is refused: it would be seen by every administrator of"
                  + " the realm. Empty: the key that this server was started with. Give each realm its own.",
              null),
          text("action", "Action", "The action in Stepward whose rules decide here.", "signIn"),
          text("challengeOrigin", "Challenge origin", "The only origin to which browsers are sent. Empty: that of the server.", null),
          text(
              "requiredAcr",
              "Required acr",
              "What must be proven here, such as urn:stepward:aal2. With it nobody passes without an answer of Stepward, whatever the failure policy.",
              null),
          choice(
              "failurePolicy",
              "Failure policy",
              "When Stepward cannot be asked for a decision: deny the login, allow it, or fall back on the factor in the conditional subflow"
                  + " beside this execution. A challenge once asked for stays owed under each.",
              "deny",
              "deny",
              "allow",
              "fallback"),
          new ProviderConfigProperty(
              Settings.PREFIX + "fallbackCredentials",
              "Fallback credentials",
              "Credential types that count as Keycloak's own factor: otp, webauthn, recovery-authn-codes. Each needs its execution in the"
                  + " fallback subflow.",
              MULTIVALUED_STRING_TYPE,
              "otp"),
          text("connectTimeoutMs", "Connect timeout", "Milliseconds, 100 to 2000.", "500"),
          text("deadlineMs", "Deadline", "Milliseconds for a call and its repetition, 500 to 8000.", "3000"),
          text("maxAttempts", "Challenges per login", "How often a failed challenge can be started over.", "3"),
          text(
              "ssoReuseSeconds",
              "Reuse on SSO",
              "Seconds for which a login by the session cookie needs no new decision. 0: each is decided. 60 to 300 where single-page"
                  + " applications check silently.",
              "0"),
          flag("deviceCookie", "Device cookie", "Know browsers again by a cookie that only this server reads.", true),
          flag("sendRoles", "Send roles", "Send the user's realm roles, at most 50.", false),
          flag("sendGroups", "Send groups", "Send the user's groups, at most 50.", false),
          new ProviderConfigProperty(
              Settings.PREFIX + "attributes",
              "User attributes",
              "Attributes to send as data points: `level` arrives as `attr_level`.",
              MULTIVALUED_STRING_TYPE,
              null),
          new ProviderConfigProperty(
              "default.reference.value",
              "Authenticator reference",
              "Keycloak's own, for its amr mapper: the same word however the challenge was met. The claim stepward_amr tells more.",
              STRING_TYPE,
              null),
          new ProviderConfigProperty(
              "default.reference.maxAge", "Authenticator reference max age", "Keycloak's own: seconds for which that word stays.", STRING_TYPE, null));

  private static ProviderConfigProperty text(String name, String label, String help, String otherwise) {
    return new ProviderConfigProperty(Settings.PREFIX + name, label, help, STRING_TYPE, otherwise);
  }

  private static ProviderConfigProperty flag(String name, String label, String help, boolean otherwise) {
    return new ProviderConfigProperty(Settings.PREFIX + name, label, help, BOOLEAN_TYPE, String.valueOf(otherwise));
  }

  private static ProviderConfigProperty choice(String name, String label, String help, String otherwise, String... options) {
    return new ProviderConfigProperty(Settings.PREFIX + name, label, help, LIST_TYPE, otherwise, options);
  }
}
