package io.stepward.keycloak;

import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.keycloak.authentication.AuthenticationFlowContext;

/**
 * Answers to the browser, in the realm's own theme and language. No rule, no signal, no address of another server is in a page. Always by
 * `challenge`: a refusal of ours is no failed guess, and feeds no counter of Keycloak.
 */
final class Pages {
  private Pages() {}

  static void redirect(AuthenticationFlowContext context, String url) {
    context.challenge(Response.status(302).location(URI.create(url)).header("Cache-Control", "no-store").build());
  }

  static void refuse(AuthenticationFlowContext context, Kind kind, Outcome refuse) {
    if (kind == Kind.INTERACTIVE) context.challenge(page(context, refuse));
    else if (kind == Kind.DIRECT) context.challenge(json(refuse.refusal));
    // Keycloak answers the application itself: that a login is required
    else context.challenge(Response.status(403).build());
  }

  private static Response json(Refusal refusal) {
    return Response.status(refusal.directStatus())
        .type(MediaType.APPLICATION_JSON_TYPE)
        .header("Cache-Control", "no-store")
        .entity(Json.write(Map.of("error", refusal.error)))
        .build();
  }

  private static Response page(AuthenticationFlowContext context, Outcome refuse) {
    Refusal refusal = refuse.refusal;
    if (refuse.buttons.isEmpty())
      return context.form().setError(refusal.messageKey, refuse.reference).createErrorPage(Response.Status.fromStatusCode(refusal.status));
    // a link to where the browser is: so the ticket in the address comes again, and is in no page
    boolean isRepeatable = refusal == Refusal.UNAVAILABLE;
    boolean isPost = "POST".equals(context.getHttpRequest().getHttpMethod());
    Response page =
        context
            .form()
            .setAttribute("stepwardText", refusal.messageKey)
            .setAttribute("stepwardReference", refuse.reference)
            .setAttribute("stepwardReload", isRepeatable ? (isPost ? context.getRefreshExecutionUrl().toString() : "") : null)
            .setAttribute("stepwardButtons", isRepeatable ? List.of() : refuse.buttons.stream().map(Outcome.Button::value).toList())
            .createForm("stepward-pending.ftl");
    return Response.fromResponse(page).status(refusal.status).build();
  }
}
