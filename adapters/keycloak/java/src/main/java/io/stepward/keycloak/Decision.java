package io.stepward.keycloak;

import static io.stepward.keycloak.Outcome.Button.AGAIN;
import static io.stepward.keycloak.Outcome.Button.CANCEL;
import static io.stepward.keycloak.Outcome.Button.CONTINUE;

import io.stepward.keycloak.Outcome.Button;
import io.stepward.keycloak.Settings.FailurePolicy;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.keycloak.models.UserSessionModel;

/** What to do with one request to the execution: the core says it, this obeys. */
final class Decision {
  private final Login login;
  private final Settings settings;
  private final CoreClient core;
  private final Ids ids;
  private final Supplier<String> device;

  /** For the event log. */
  final Map<String, String> details = new LinkedHashMap<>();

  Decision(Login login, Settings settings, CoreClient core, Ids ids, Supplier<String> device) {
    this.login = login;
    this.settings = settings;
    this.core = core;
    this.ids = ids;
    this.device = device;
  }

  /** @param pressed the button of our own page; null for any other request */
  Outcome enter(Button pressed) {
    if (mayFallBack() && !login.isFallbackComplete(settings.fallbackCredentials())) return refuse(Refusal.UNAVAILABLE, null, "fallback-subflow");
    if (SessionNotes.hasProceeded(login, settings)) return Outcome.PROCEED;
    if (isReused()) return proceed("reused");

    LoginState state = LoginState.read(login.authSession(), login.execution());
    if (pressed == CANCEL) return Outcome.CANCEL;
    if (state == null) return ask(1);
    tell(state.state(), state.key(), state.attempt());
    if (pressed == AGAIN && mayRetry(state)) return ask(state.attempt() + 1);
    if (pressed == CONTINUE && state.state().equals("CHALLENGE_REQUIRED")) return redirect(state);
    return state.isPending() ? use(state) : again(state);
  }

  /** Where somebody is at a page, and nothing is required that only an answer can give. */
  private boolean mayFallBack() {
    boolean isSet = settings.failurePolicy() == FailurePolicy.FALLBACK && settings.requiredAcr() == null;
    return isSet && login.kind == Kind.INTERACTIVE && !login.isRecovery();
  }

  private boolean isReused() {
    if (settings.ssoReuseSeconds() == 0 || settings.requiredAcr() != null || !login.isSso()) return false;
    UserSessionModel session = login.userSession();
    return session != null && SessionNotes.isReusable(session, settings, System.currentTimeMillis());
  }

  /** Asks the core, by a new key. */
  private Outcome ask(int attempt) {
    String key = ids.key();
    int[] untold = core.takeUndecided(login.realm().getId());
    long began = System.nanoTime();
    Answer answer = core.track(settings, login.user().getId(), TrackRequest.of(login, settings, key, device.get(), untold));
    tellTime(began);
    tell("none", key, attempt);
    if (answer.isNone()) {
      core.addUndecided(login.realm().getId(), untold[0], untold[1]);
      return withoutDecision(attempt);
    }
    // a setting of the tenant lets track say `REVIEW`
    String state = "REVIEW".equals(answer.text("state")) ? "REVIEW_REQUIRED" : answer.text("state");
    if (answer.status() != 200 || !OutcomeTable.knows(state) || !key.equals(answer.text("idempotencyKey")))
      return refuse(Refusal.UNAVAILABLE, null, "status-" + answer.status());
    tell(state, key, attempt);
    String url = answer.text("url");
    LoginState next = new LoginState(key, url == null ? "" : url, state, attempt);
    OutcomeTable.Effect effect = OutcomeTable.effectOf(state, login.kind);
    if (effect == OutcomeTable.Effect.PROCEED) return decided(next, answer);
    if (effect == OutcomeTable.Effect.PROCEED_ONCE) return use(kept(next));
    if (effect == OutcomeTable.Effect.STEP_UP) return redirect(next);
    return again(kept(next));
  }

  /** Has the core use the instance up: its 200 alone lets anybody in, and no answer is a no under every policy. */
  private Outcome use(LoginState state) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("binding", login.binding(settings.action(), state.key()));
    if (login.ticket() != null) body.put("ticket", login.ticket());
    // for the one second try of this call alone
    body.put("consumeKey", ids.consumeKey());
    if (settings.requiredAcr() != null) body.put("requiredAcr", List.of(settings.requiredAcr()));
    body.put("ipAddress", login.ipAddress());
    String agent = TrackRequest.agentOf(login);
    if (agent != null) body.put("userAgent", agent);

    long began = System.nanoTime();
    Answer answer = core.consume(settings, login.user().getId(), state.key(), body);
    tellTime(began);
    if (answer.isNone()) return refuse(Refusal.UNAVAILABLE, state, "unreachable", AGAIN);
    if (answer.status() == 200) return isOurs(answer, state) ? decided(state, answer) : refuse(Refusal.UNAVAILABLE, state, "status-200");
    String error = answer.text("error");
    if (answer.status() == 404) return refuse(Refusal.DENIED, state, "not_found");
    if (answer.status() != 409 || error == null) return refuse(Refusal.UNAVAILABLE, state, "status-" + answer.status());
    return switch (error) {
      case "challenge_pending", "ticket_mismatch" -> again(kept(state.in("CHALLENGE_REQUIRED")));
      case "challenge_failed" -> again(kept(state.in("CHALLENGE_FAILED")));
      case "challenge_expired" -> again(kept(state.in("CHALLENGE_EXPIRED")));
      case "under_review" -> again(kept(state.in("REVIEW_REQUIRED")));
      case "blocked" -> again(kept(state.in("BLOCK")));
      case "binding_mismatch", "already_consumed", "assurance_unmet" -> refuse(Refusal.DENIED, state, error);
      default -> refuse(Refusal.UNAVAILABLE, state, "status-409");
    };
  }

  private boolean isOurs(Answer answer, LoginState state) {
    return answer.body() != null
        && answer.body().path("consumed").asBoolean(false)
        && login.user().getId().equals(answer.text("userId"))
        && settings.action().equals(answer.text("action"))
        && state.key().equals(answer.text("idempotencyKey"));
  }

  private Outcome decided(LoginState state, Answer answer) {
    LoginState.forget(login.authSession(), login.execution());
    SessionNotes.decided(login, settings, state.key(), answer, System.currentTimeMillis());
    tell(answer.text("state"), state.key(), state.attempt());
    return Outcome.PROCEED;
  }

  /** Nobody is sent anywhere but to the challenges of this server. */
  private Outcome redirect(LoginState state) {
    if (!settings.challengeOrigin().equals(originOf(state.url()))) return refuse(Refusal.UNAVAILABLE, null, "challenge-origin");
    return Outcome.redirect(kept(state).url());
  }

  /** The page of where the instance stands, without a call: a reload asks for no second decision. */
  private Outcome again(LoginState state) {
    tell(state.state(), state.key(), state.attempt());
    Button[] retry = mayRetry(state) ? new Button[] {AGAIN, CANCEL} : new Button[] {CANCEL};
    return switch (state.state()) {
      case "CHALLENGE_REQUIRED" -> refuse(Refusal.PENDING, state, null, CONTINUE, CANCEL);
      case "CHALLENGE_FAILED" -> refuse(Refusal.FAILED, state, null, retry);
      case "CHALLENGE_EXPIRED" -> refuse(Refusal.EXPIRED, state, null, retry);
      case "REVIEW_REQUIRED" -> refuse(Refusal.REVIEW, state, null);
      default -> refuse(Refusal.BLOCKED, state, null);
    };
  }

  private boolean mayRetry(LoginState state) {
    boolean isOver = state.state().equals("CHALLENGE_FAILED") || state.state().equals("CHALLENGE_EXPIRED");
    return isOver && state.attempt() < settings.maxAttempts();
  }

  /** No decision could be had: the failure policy answers, and the result says so. */
  private Outcome withoutDecision(int attempt) {
    // a level is earned by an answer alone, and what was once asked for stays owed
    FailurePolicy policy = settings.requiredAcr() != null || attempt > 1 ? FailurePolicy.DENY : settings.failurePolicy();
    details.put("stepward_degraded", policy.said());
    boolean proceeds = policy == FailurePolicy.ALLOW || (policy == FailurePolicy.FALLBACK && fallsBack());
    core.addUndecided(login.realm().getId(), proceeds ? 1 : 0, proceeds ? 0 : 1);
    if (!proceeds) return refuse(Refusal.UNAVAILABLE, null, "unreachable");
    SessionNotes.undecided(login, settings, System.currentTimeMillis());
    return Outcome.PROCEED;
  }

  /** On Keycloak's own factor, where the user has one: it was just used, or the subflow beside us demands it. */
  private boolean fallsBack() {
    if (!mayFallBack()) return false;
    boolean hasOne = false;
    for (String type : settings.fallbackCredentials()) {
      if (login.usedCredentials().contains(type)) return true;
      hasOne |= login.hasCredential(type);
    }
    if (hasOne) login.authSession().setAuthNote(FallbackCondition.NOTE, "true");
    return hasOne;
  }

  private LoginState kept(LoginState state) {
    state.keep(login.authSession(), login.execution());
    return state;
  }

  private Outcome proceed(String state) {
    details.put("stepward_state", state);
    return Outcome.PROCEED;
  }

  private Outcome refuse(Refusal refusal, LoginState state, String reason, Button... buttons) {
    if (reason != null) details.put("stepward_reason", reason);
    return Outcome.refuse(refusal, state == null ? "" : state.key(), buttons);
  }

  private void tell(String state, String key, int attempt) {
    details.put("stepward_state", state);
    details.put("stepward_instance", key);
    details.put("stepward_attempt", String.valueOf(attempt));
  }

  private void tellTime(long began) {
    details.put("stepward_ms", String.valueOf((System.nanoTime() - began) / 1_000_000));
  }

  private static String originOf(String url) {
    try {
      return Settings.originOf(URI.create(url));
    } catch (IllegalArgumentException malformed) {
      return null;
    }
  }
}
