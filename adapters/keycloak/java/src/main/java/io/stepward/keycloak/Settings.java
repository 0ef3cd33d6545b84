package io.stepward.keycloak;

import java.net.URI;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** How one execution is set. Read at each login, the key too, so that a changed key needs no restart. */
record Settings(
    String apiUrl,
    String serverKey,
    String action,
    String challengeOrigin,
    String requiredAcr,
    FailurePolicy failurePolicy,
    List<String> fallbackCredentials,
    int connectTimeoutMs,
    int deadlineMs,
    int maxAttempts,
    int ssoReuseSeconds,
    boolean deviceCookie,
    boolean sendRoles,
    boolean sendGroups,
    List<String> attributes) {

  enum FailurePolicy {
    DENY,
    ALLOW,
    FALLBACK;

    String said() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Of the whole server: what executions that say nothing themselves use. */
  record Defaults(String apiUrl, String serverKey, boolean allowsLiteralKey) {}

  static final String PREFIX = "stepward.";
  private static final Pattern ACTION = Pattern.compile("[A-Za-z0-9_-]{1,64}");
  private static final Pattern ACR = Pattern.compile("[\\x21-\\x7e&&[^\"\\\\]]{1,128}");
  private static final Pattern ATTRIBUTE = Pattern.compile("[A-Za-z0-9_.:-]{1,64}");
  private static final Pattern VAULT = Pattern.compile("\\$\\{vault\\.[^}]+}");
  private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e&&[^:]]{8,256}");
  private static final int MOST_ATTRIBUTES = 50;

  /** @param vault the secret behind a reference; null where there is none */
  static Settings read(Map<String, String> config, Defaults defaults, UnaryOperator<String> vault)
      throws InvalidSettings {
    String apiUrl = text(config, "apiUrl", defaults.apiUrl());
    URI api = webAddress("apiUrl", apiUrl);
    String path = api.getRawPath() == null ? "" : api.getRawPath().replaceAll("/+$", "");
    String challengeOrigin = text(config, "challengeOrigin", null);
    return new Settings(
        originOf(api) + path,
        key(text(config, "serverKey", null), defaults, vault),
        matching(config, "action", ACTION, "signIn"),
        challengeOrigin == null ? originOf(api) : origin(challengeOrigin),
        matching(config, "requiredAcr", ACR, null),
        failurePolicy(text(config, "failurePolicy", "deny")),
        credentials(list(config, "fallbackCredentials", "otp")),
        number(config, "connectTimeoutMs", 500, 100, 2000),
        number(config, "deadlineMs", 3000, 500, 8000),
        number(config, "maxAttempts", 3, 1, 20),
        number(config, "ssoReuseSeconds", 0, 0, 3600),
        flag(config, "deviceCookie", true),
        flag(config, "sendRoles", false),
        flag(config, "sendGroups", false),
        attributes(list(config, "attributes", "")));
  }

  /** The exact origin of an address, as browsers write it: lower case, no default port. Null where it has none. */
  static String originOf(URI address) {
    if (address.getScheme() == null || address.getHost() == null || address.getRawUserInfo() != null) return null;
    String scheme = address.getScheme().toLowerCase(Locale.ROOT);
    boolean isDefault = address.getPort() == -1 || address.getPort() == (scheme.equals("https") ? 443 : 80);
    return scheme + "://" + address.getHost().toLowerCase(Locale.ROOT) + (isDefault ? "" : ":" + address.getPort());
  }

  private static String key(String given, Defaults defaults, UnaryOperator<String> vault) throws InvalidSettings {
    if (given != null && !VAULT.matcher(given).matches() && !defaults.allowsLiteralKey())
      throw new InvalidSettings("serverKey", "takes only a reference to the vault, such as ${vault.stepward_key}");
    String key = given == null ? defaults.serverKey() : VAULT.matcher(given).matches() ? vault.apply(given) : given;
    if (key == null) throw new InvalidSettings("serverKey", given == null ? "is missing" : "is not in the vault");
    if (!KEY.matcher(key).matches()) throw new InvalidSettings("serverKey", "is no server key");
    return key;
  }

  private static URI webAddress(String setting, String text) throws InvalidSettings {
    if (text == null) throw new InvalidSettings(setting, "is missing");
    try {
      URI address = URI.create(text);
      String origin = originOf(address);
      boolean isPlain = address.getRawQuery() == null && address.getRawFragment() == null;
      boolean isSafe = origin != null && (origin.startsWith("https://") || (origin.startsWith("http://") && isLoopback(address.getHost())));
      if (isPlain && isSafe) return address;
    } catch (IllegalArgumentException malformed) {
      // said below
    }
    throw new InvalidSettings(setting, "must be an https address, or http on loopback");
  }

  private static boolean isLoopback(String host) {
    return host.equalsIgnoreCase("localhost") || host.equals("[::1]") || host.matches("127(\\.\\d{1,3}){3}");
  }

  private static String origin(String text) throws InvalidSettings {
    URI address = webAddress("challengeOrigin", text);
    if (!address.getRawPath().isEmpty() && !address.getRawPath().equals("/"))
      throw new InvalidSettings("challengeOrigin", "must be an origin, without a path");
    return originOf(address);
  }

  private static FailurePolicy failurePolicy(String text) throws InvalidSettings {
    for (FailurePolicy policy : FailurePolicy.values()) if (policy.said().equals(text)) return policy;
    throw new InvalidSettings("failurePolicy", "must be deny, allow or fallback");
  }

  private static List<String> credentials(List<String> types) throws InvalidSettings {
    if (types.isEmpty() || !FallbackSubflow.EXECUTIONS.keySet().containsAll(types))
      throw new InvalidSettings("fallbackCredentials", "must be of otp, webauthn, recovery-authn-codes");
    return types;
  }

  private static List<String> attributes(List<String> names) throws InvalidSettings {
    boolean areNames = names.size() <= MOST_ATTRIBUTES;
    for (String name : names) areNames &= ATTRIBUTE.matcher(name).matches();
    if (!areNames) throw new InvalidSettings("attributes", "must be at most " + MOST_ATTRIBUTES + " names of user attributes");
    return names;
  }

  private static String text(Map<String, String> config, String setting, String otherwise) {
    String value = config.get(PREFIX + setting);
    return value == null || value.isBlank() ? otherwise : value.trim();
  }

  private static String matching(Map<String, String> config, String setting, Pattern pattern, String otherwise) throws InvalidSettings {
    String value = text(config, setting, otherwise);
    if (value != null && !pattern.matcher(value).matches()) throw new InvalidSettings(setting, "must match " + pattern);
    return value;
  }

  private static int number(Map<String, String> config, String setting, int otherwise, int least, int most) throws InvalidSettings {
    String value = text(config, setting, String.valueOf(otherwise));
    int number = value.matches("\\d{1,9}") ? Integer.parseInt(value) : -1;
    if (number < least || number > most) throw new InvalidSettings(setting, "must be " + least + " to " + most);
    return number;
  }

  private static boolean flag(Map<String, String> config, String setting, boolean otherwise) throws InvalidSettings {
    String value = text(config, setting, String.valueOf(otherwise));
    if (!value.equals("true") && !value.equals("false")) throw new InvalidSettings(setting, "must be true or false");
    return value.equals("true");
  }

  /** The admin console joins many values so. */
  private static List<String> list(Map<String, String> config, String setting, String otherwise) {
    Set<String> values = new LinkedHashSet<>();
    for (String one : text(config, setting, otherwise).split("##")) if (!one.isBlank()) values.add(one.trim());
    return List.copyOf(values);
  }
}
