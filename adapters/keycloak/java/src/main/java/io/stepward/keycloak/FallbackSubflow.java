package io.stepward.keycloak;

import java.util.ArrayList;
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
    boolean isAfter = false;
    for (AuthenticationExecutionModel one : executions(realm, ours.getParentFlow())) {
      if (isAfter && one.isAuthenticatorFlow() && one.isConditional() && demands(executions(realm, one.getFlowId()), credentials)) return true;
      isAfter = isAfter || one.getId().equals(ours.getId());
    }
    return false;
  }

  private static List<AuthenticationExecutionModel> executions(RealmModel realm, String flow) {
    return realm.getAuthenticationExecutionsStream(flow).toList();
  }

  private static boolean demands(List<AuthenticationExecutionModel> inside, List<String> credentials) {
    boolean hasCondition = false;
    List<String> alternatives = new ArrayList<>();
    for (AuthenticationExecutionModel one : inside) {
      if (one.isDisabled()) continue;
      // beside anything else that is required the alternatives would not run
      boolean isCondition = FallbackConditionFactory.ID.equals(one.getAuthenticator());
      if (!isCondition && !one.isAlternative()) return false;
      if (isCondition) hasCondition = one.isRequired();
      else alternatives.add(one.getAuthenticator());
    }
    for (String type : credentials) if (!alternatives.contains(EXECUTIONS.get(type))) return false;
    return hasCondition;
  }
}
