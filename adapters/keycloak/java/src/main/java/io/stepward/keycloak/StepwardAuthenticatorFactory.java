package io.stepward.keycloak;

import java.util.List;
import org.keycloak.Config;
import org.keycloak.authentication.Authenticator;
import org.keycloak.authentication.AuthenticatorFactory;
import org.keycloak.models.AuthenticationExecutionModel.Requirement;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.provider.ProviderConfigProperty;

/** Makes the execution known to Keycloak. */
public final class StepwardAuthenticatorFactory implements AuthenticatorFactory {
  static final String ID = "stepward-authenticator";

  /** Never ALTERNATIVE: beside a sibling a browser may choose its way round a BLOCK. */
  private static final Requirement[] REQUIREMENTS = {Requirement.REQUIRED, Requirement.DISABLED};

  private final CoreClient core = new CoreClient();
  private Authenticator authenticator;

  @Override
  public String getId() {
    return ID;
  }

  @Override
  public Authenticator create(KeycloakSession session) {
    return authenticator;
  }

  @Override
  public String getDisplayType() {
    return "Stepward";
  }

  @Override
  public String getReferenceCategory() {
    return "stepward";
  }

  @Override
  public String getHelpText() {
    return "Asks Stepward what to do with this login, and sends the browser to its challenge where one is owed.";
  }

  @Override
  public boolean isConfigurable() {
    return true;
  }

  @Override
  public Requirement[] getRequirementChoices() {
    return REQUIREMENTS.clone();
  }

  @Override
  public boolean isUserSetupAllowed() {
    return false;
  }

  @Override
  public List<ProviderConfigProperty> getConfigProperties() {
    return SettingsProperties.ALL;
  }

  @Override
  public void init(Config.Scope config) {
    boolean allowsLiteralKey = Boolean.parseBoolean(config.get("allow-literal-key", "false"));
    Settings.Defaults defaults = new Settings.Defaults(config.get("api-url"), config.get("server-key"), allowsLiteralKey);
    authenticator = new StepwardAuthenticator(defaults, core, new Ids());
  }

  @Override
  public void postInit(KeycloakSessionFactory factory) {
    // needs no other provider
  }

  @Override
  public void close() {
    // the pools of connections end with the server
  }
}
