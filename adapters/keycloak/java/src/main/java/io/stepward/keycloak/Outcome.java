package io.stepward.keycloak;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What becomes of one request to the execution: it proceeds, is cancelled, is sent to an address, or is refused. */
final class Outcome {
  /** The flow goes on. */
  static final Outcome PROCEED = new Outcome(null, null, "");

  /** The person gives up; the application is told so. */
  static final Outcome CANCEL = new Outcome(null, null, "");

  /** What our own page offers; the name in lower case is the value that it posts. */
  enum Button {
    AGAIN,
    CONTINUE,
    CANCEL;

    String value() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** To the challenge, or on to it again; null for all else. */
  final String url;

  /** Null for what is no refusal. */
  final Refusal refusal;

  /** By which an operator finds the action instance; empty where there is none. */
  final String reference;

  final Set<Button> buttons = EnumSet.noneOf(Button.class);

  private Outcome(String url, Refusal refusal, String reference) {
    this.url = url;
    this.refusal = refusal;
    this.reference = reference;
  }

  static Outcome redirect(String url) {
    return new Outcome(url, null, "");
  }

  static Outcome refuse(Refusal refusal, String reference, Button... buttons) {
    Outcome outcome = new Outcome(null, refusal, reference);
    outcome.buttons.addAll(List.of(buttons));
    return outcome;
  }
}
