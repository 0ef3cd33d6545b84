package io.stepward.keycloak;

import org.keycloak.events.Errors;

/** Why a login does not go on, as the person, the application and the event log are told. */
enum Refusal {
  BLOCKED("stepwardBlocked", 403, "access_denied", Errors.ACCESS_DENIED),
  REVIEW("stepwardReview", 403, "under_review", Errors.ACCESS_DENIED),
  DENIED("stepwardDenied", 403, "access_denied", Errors.ACCESS_DENIED),
  FAILED("stepwardFailed", 403, "access_denied", Errors.INVALID_USER_CREDENTIALS),
  EXPIRED("stepwardExpired", 403, "access_denied", Errors.INVALID_USER_CREDENTIALS),
  /** The challenge is not over, or was not finished in this browser. */
  PENDING("stepwardPendingBody", 200, "interaction_required", Errors.ACCESS_DENIED),
  UNAVAILABLE("stepwardUnavailable", 503, "temporarily_unavailable", Errors.GENERIC_AUTHENTICATION_ERROR);

  /** Of the page's text. */
  final String messageKey;

  final int status;

  /** What an application without a browser reads. */
  final String error;

  final String eventError;

  Refusal(String messageKey, int status, String error, String eventError) {
    this.messageKey = messageKey;
    this.status = status;
    this.error = error;
    this.eventError = eventError;
  }

  int directStatus() {
    return this == UNAVAILABLE ? 503 : 400;
  }
}
