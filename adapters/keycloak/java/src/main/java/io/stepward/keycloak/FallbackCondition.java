package io.stepward.keycloak;

import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.authentication.authenticators.conditional.ConditionalAuthenticator;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;

/** True where no decision could be had and the failure policy is `fallback`. */
final class FallbackCondition implements ConditionalAuthenticator {
  static final String NOTE = "stepward.fallback";

  @Override
  public boolean matchCondition(AuthenticationFlowContext context) {
    return "true".equals(context.getAuthenticationSession().getAuthNote(NOTE));
  }

  @Override
  public void action(AuthenticationFlowContext context) {
    // has no page
  }

  @Override
  public boolean requiresUser() {
    return true;
  }

  @Override
  public void setRequiredActions(KeycloakSession session, RealmModel realm, UserModel user) {
    // needs nothing of the user
  }

  @Override
  public void close() {
    // holds nothing
  }
}
