package io.stepward.keycloak;

import io.stepward.keycloak.Outcome.Button;
import java.util.Map;
import org.jboss.logging.Logger;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.authentication.Authenticator;
import org.keycloak.events.EventBuilder;
import org.keycloak.models.AuthenticatorConfigModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.vault.VaultStringSecret;

/** The execution in a flow: reads its settings, has the request decided, answers and writes the event. Keeps nothing between logins. */
final class StepwardAuthenticator implements Authenticator {
  private static final Logger LOG = Logger.getLogger(StepwardAuthenticator.class);
  private static final String FIELD = "stepward";

  private final Settings.Defaults defaults;
  private final CoreClient core;
  private final Ids ids;

  StepwardAuthenticator(Settings.Defaults defaults, CoreClient core, Ids ids) {
    this.defaults = defaults;
    this.core = core;
    this.ids = ids;
  }

  @Override
  public void authenticate(AuthenticationFlowContext context) {
    // the form of another execution may just have been posted: its fields are none of ours
    enter(context, null);
  }

  @Override
  public void action(AuthenticationFlowContext context) {
    enter(context, pressed(context));
  }

  private void enter(AuthenticationFlowContext context, Button pressed) {
    Login login = new Login(context);
    try {
      Settings settings = settings(context);
      Decision decision =
          new Decision(login, settings, core, ids, () -> settings.deviceCookie() && login.kind != Kind.DIRECT ? DeviceCookie.of(context, ids) : null);
      answer(context, login, decision.enter(pressed), decision.details);
    } catch (InvalidSettings problem) {
      LOG.errorf("Stepward in realm %s, execution %s: %s", context.getRealm().getName(), login.execution(), problem.getMessage());
      refuse(context, login, Outcome.refuse(Refusal.UNAVAILABLE, ""), Map.of("stepward_reason", "settings"));
    } catch (RuntimeException unexpected) {
      // what is thrown becomes a page of another kind, without an event that says why: a refusal of ours tells more
      LOG.errorf("Stepward in realm %s, execution %s: %s", context.getRealm().getName(), login.execution(), unexpected.getClass().getName());
      LOG.debug("unexpected", unexpected);
      refuse(context, login, Outcome.refuse(Refusal.UNAVAILABLE, ""), Map.of("stepward_reason", "error"));
    }
  }

  private Settings settings(AuthenticationFlowContext context) throws InvalidSettings {
    AuthenticatorConfigModel config = context.getAuthenticatorConfig();
    return Settings.read(config == null ? Map.of() : config.getConfig(), defaults, reference -> secret(context.getSession(), reference));
  }

  private static String secret(KeycloakSession session, String reference) {
    try (VaultStringSecret secret = session.vault().getStringSecret(reference)) {
      return secret.get().map(String::trim).orElse(null);
    }
  }

  private static Button pressed(AuthenticationFlowContext context) {
    if (!"POST".equals(context.getHttpRequest().getHttpMethod())) return null;
    String value = context.getHttpRequest().getDecodedFormParameters().getFirst(FIELD);
    for (Button button : Button.values()) if (button.value().equals(value)) return button;
    return null;
  }

  private static void answer(AuthenticationFlowContext context, Login login, Outcome outcome, Map<String, String> details) {
    if (outcome.refusal != null) {
      refuse(context, login, outcome, details);
      return;
    }
    details.forEach(context.getEvent()::detail);
    if (outcome.url != null) Pages.redirect(context, outcome.url);
    else if (outcome == Outcome.CANCEL) context.cancelLogin();
    else {
      if (details.containsKey("stepward_degraded")) {
        LOG.warnf("Stepward in realm %s: a login went on without a decision, policy %s", context.getRealm().getName(), details.get("stepward_degraded"));
        // the factor that is now asked for ends in another request, with an event of its own
        if (login.isFallback()) context.getEvent().clone().user(login.user()).error(Refusal.UNAVAILABLE.eventError);
      }
      context.success();
    }
  }

  private static void refuse(AuthenticationFlowContext context, Login login, Outcome refuse, Map<String, String> details) {
    EventBuilder event = context.getEvent();
    details.forEach(event::detail);
    boolean isOpen = refuse.refusal == Refusal.PENDING && login.kind == Kind.INTERACTIVE;
    if (!isOpen) event.user(login.user()).error(refuse.refusal.eventError);
    Pages.refuse(context, login.kind, refuse);
  }

  @Override
  public boolean requiresUser() {
    return true;
  }

  @Override
  public boolean configuredFor(KeycloakSession session, RealmModel realm, UserModel user) {
    return true;
  }

  @Override
  public void setRequiredActions(KeycloakSession session, RealmModel realm, UserModel user) {
    // enrolment is Stepward's own
  }

  @Override
  public void close() {
    // holds nothing
  }
}
