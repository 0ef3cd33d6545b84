package io.stepward.keycloak;

import java.util.List;
import java.util.Map;
import org.keycloak.models.AuthenticationExecutionModel;
import org.keycloak.models.RealmModel;

/**
 * The subflow that asks for Keycloak's own factor: CONDITIONAL and after our execution, in it our condition REQUIRED and an ALTERNATIVE
 * for each listed credential. An ALTERNATIVE never enrols; a REQUIRED form would let whoever knows the password enrol one.
 */
final class FallbackSubflow {
  static final Map<String, String> EXECUTIONS =
      Map.of(
          "otp", "auth-otp-form",
          "webauthn", "webauthn-authenticator",
          "recovery-authn-codes", "auth-recovery-authn-code-form");

  private FallbackSubflow() {}

  static boolean isComplete(RealmModel realm, AuthenticationExecutionModel ours, List<String> credentials) {
    List<AuthenticationExecutionModel> siblings = realm.getAuthenticationExecutionsStream(ours.getParentFlow()).toList();
    return siblings.stream()
        .dropWhile(one -> !one.getId().equals(ours.getId()))
        .filter(one -> one.isAuthenticatorFlow() && one.isConditional())
        .anyMatch(one -> demands(realm.getAuthenticationExecutionsStream(one.getFlowId()).toList(), credentials));
  }

  private static boolean demands(List<AuthenticationExecutionModel> inside, List<String> credentials) {
    boolean hasCondition = inside.stream().anyMatch(one -> one.isRequired() && FallbackConditionFactory.ID.equals(one.getAuthenticator()));
    boolean hasOnlyIt = inside.stream().noneMatch(one -> (one.isRequired() || one.isConditional()) && !FallbackConditionFactory.ID.equals(one.getAuthenticator()));
    return hasCondition
        && hasOnlyIt
        && credentials.stream()
            .allMatch(type -> inside.stream().anyMatch(one -> one.isAlternative() && EXECUTIONS.get(type).equals(one.getAuthenticator())));
  }
}
