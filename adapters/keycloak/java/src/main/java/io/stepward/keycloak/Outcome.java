package io.stepward.keycloak;

import java.util.Locale;
import java.util.Set;

/** What becomes of one request to the execution. */
sealed interface Outcome {
  /** The flow goes on. */
  record Proceed() implements Outcome {}

  /** To the challenge, or on to it again. */
  record Redirect(String url) implements Outcome {}

  /** @param reference by which an operator finds the action instance; null where there is none */
  record Refuse(Refusal refusal, String reference, Set<Button> buttons) implements Outcome {}

  /** The person gives up; the application is told so. */
  record Cancel() implements Outcome {}

  /** What our own page offers; the name in lower case is the value that it posts. */
  enum Button {
    AGAIN,
    CONTINUE,
    CANCEL;

    String value() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
