package io.stepward.keycloak;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What becomes of one request to the execution. */
final class Outcome {
  enum What {
    /** The flow goes on. */
    PROCEED,
    /** To the challenge, or on to it again. */
    REDIRECT,
    REFUSE,
    /** The person gives up; the application is told so. */
    CANCEL
  }

  /** What our own page offers; the name in lower case is the value that it posts. */
  enum Button {
    AGAIN,
    CONTINUE,
    CANCEL;

    String value() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  final What what;

  /** Of a redirect. */
  final String url;

  /** Of a refusal, as are the others below. */
  final Refusal refusal;

  /** By which an operator finds the action instance; empty where there is none. */
  final String reference;

  final Set<Button> buttons = EnumSet.noneOf(Button.class);

  private Outcome(What what, String url, Refusal refusal, String reference) {
    this.what = what;
    this.url = url;
    this.refusal = refusal;
    this.reference = reference;
  }

  static Outcome proceed() {
    return new Outcome(What.PROCEED, null, null, "");
  }

  static Outcome cancel() {
    return new Outcome(What.CANCEL, null, null, "");
  }

  static Outcome redirect(String url) {
    return new Outcome(What.REDIRECT, url, null, "");
  }

  static Outcome refuse(Refusal refusal, String reference, Button... buttons) {
    Outcome outcome = new Outcome(What.REFUSE, null, refusal, reference);
    outcome.buttons.addAll(List.of(buttons));
    return outcome;
  }
}
