package io.stepward.keycloak;

import java.util.List;
import org.keycloak.Config;
import org.keycloak.authentication.authenticators.conditional.ConditionalAuthenticator;
import org.keycloak.authentication.authenticators.conditional.ConditionalAuthenticatorFactory;
import org.keycloak.models.AuthenticationExecutionModel.Requirement;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.provider.ProviderConfigProperty;

/** Makes the condition of the fallback subflow known to Keycloak. */
public final class FallbackConditionFactory implements ConditionalAuthenticatorFactory {
  static final String ID = "stepward-fallback-condition";
  private static final Requirement[] REQUIREMENTS = {Requirement.REQUIRED, Requirement.DISABLED};
  private static final FallbackCondition CONDITION = new FallbackCondition();

  @Override
  public String getId() {
    return ID;
  }

  @Override
  public String getDisplayType() {
    return "Condition - Stepward could not decide";
  }

  @Override
  public String getHelpText() {
    return "The subflow runs where Stepward could not be asked and the failure policy of its execution is `fallback`.";
  }

  @Override
  public ConditionalAuthenticator getSingleton() {
    return CONDITION;
  }

  @Override
  public boolean isConfigurable() {
    return false;
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
    return List.of();
  }

  @Override
  public void init(Config.Scope config) {
    // has no settings
  }

  @Override
  public void postInit(KeycloakSessionFactory factory) {
    // needs no other provider
  }

  @Override
  public void close() {
    // holds nothing
  }
}
