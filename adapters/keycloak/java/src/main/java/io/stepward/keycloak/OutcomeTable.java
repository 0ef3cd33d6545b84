package io.stepward.keycloak;

import static io.stepward.keycloak.OutcomeTable.Effect.DENY;
import static io.stepward.keycloak.OutcomeTable.Effect.DENY_MAY_RETRY;
import static io.stepward.keycloak.OutcomeTable.Effect.FAILURE_POLICY;
import static io.stepward.keycloak.OutcomeTable.Effect.HOLD;
import static io.stepward.keycloak.OutcomeTable.Effect.PROCEED;
import static io.stepward.keycloak.OutcomeTable.Effect.PROCEED_ONCE;
import static io.stepward.keycloak.OutcomeTable.Effect.STEP_UP;

import java.util.List;
import java.util.Map;

/** The core's mapping from state to effect. A test compares it with the core's own, row by row. */
final class OutcomeTable {
  enum Effect {
    PROCEED,
    STEP_UP,
    PROCEED_ONCE,
    DENY,
    DENY_MAY_RETRY,
    HOLD,
    FAILURE_POLICY
  }

  /** Of a host that can redirect, and of one that cannot. */
  private static final Map<String, List<Effect>> ROWS =
      Map.of(
          "ALLOW", List.of(PROCEED, PROCEED),
          "CHALLENGE_REQUIRED", List.of(STEP_UP, DENY),
          "CHALLENGE_SUCCEEDED", List.of(PROCEED_ONCE, PROCEED_ONCE),
          "CHALLENGE_FAILED", List.of(DENY_MAY_RETRY, DENY),
          "REVIEW_REQUIRED", List.of(HOLD, DENY),
          "REVIEW_SUCCEEDED", List.of(PROCEED_ONCE, PROCEED_ONCE),
          "REVIEW_FAILED", List.of(DENY, DENY),
          "BLOCK", List.of(DENY, DENY));

  /** No answer of the core: at track the failure policy answers, at consume nothing but a deny. */
  static final Effect UNREACHABLE_AT_TRACK = FAILURE_POLICY;

  static final Effect UNREACHABLE_AT_CONSUME = DENY;

  private OutcomeTable() {}

  static boolean knows(String state) {
    return state != null && ROWS.containsKey(state);
  }

  /** An unknown state denies. */
  static Effect effectOf(String state, Kind kind) {
    if (!knows(state)) return DENY;
    return ROWS.get(state).get(kind.canRedirect() ? 0 : 1);
  }
}
