package io.stepward.keycloak;

import static io.stepward.keycloak.OutcomeTable.Effect.DENY;
import static io.stepward.keycloak.OutcomeTable.Effect.DENY_MAY_RETRY;
import static io.stepward.keycloak.OutcomeTable.Effect.FAILURE_POLICY;
import static io.stepward.keycloak.OutcomeTable.Effect.HOLD;
import static io.stepward.keycloak.OutcomeTable.Effect.PROCEED;
import static io.stepward.keycloak.OutcomeTable.Effect.PROCEED_ONCE;
import static io.stepward.keycloak.OutcomeTable.Effect.STEP_UP;

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

  private record Row(Effect canRedirect, Effect cannotRedirect) {}

  private static final Map<String, Row> ROWS =
      Map.of(
          "ALLOW", new Row(PROCEED, PROCEED),
          "CHALLENGE_REQUIRED", new Row(STEP_UP, DENY),
          "CHALLENGE_SUCCEEDED", new Row(PROCEED_ONCE, PROCEED_ONCE),
          "CHALLENGE_FAILED", new Row(DENY_MAY_RETRY, DENY),
          "REVIEW_REQUIRED", new Row(HOLD, DENY),
          "REVIEW_SUCCEEDED", new Row(PROCEED_ONCE, PROCEED_ONCE),
          "REVIEW_FAILED", new Row(DENY, DENY),
          "BLOCK", new Row(DENY, DENY));

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
    Row row = ROWS.get(state);
    return kind.canRedirect() ? row.canRedirect : row.cannotRedirect;
  }
}
