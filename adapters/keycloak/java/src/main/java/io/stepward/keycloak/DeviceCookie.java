package io.stepward.keycloak;

import jakarta.ws.rs.core.Cookie;
import jakarta.ws.rs.core.NewCookie;
import java.net.URI;
import java.util.regex.Pattern;
import org.keycloak.authentication.AuthenticationFlowContext;

/** Knows a browser again. No script reads it, so an id in it is vouched for. */
final class DeviceCookie {
  static final String NAME = "STEPWARD_DEVICE";
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{43}");
  private static final int YEAR = 31_536_000;

  private DeviceCookie() {}

  /** The id in the cookie; where there is none, or none of ours, a new one is set. */
  static String of(AuthenticationFlowContext context, Ids ids) {
    Cookie sent = context.getHttpRequest().getHttpHeaders().getCookies().get(NAME);
    if (sent != null && sent.getValue() != null && ID.matcher(sent.getValue()).matches()) return sent.getValue();
    String device = ids.device();
    context.getSession().getContext().getHttpResponse().setCookieIfAbsent(cookie(context.getRefreshExecutionUrl(), device));
    return device;
  }

  /** As Keycloak sets its own. */
  private static NewCookie cookie(URI page, String device) {
    boolean isSecure = "https".equals(page.getScheme());
    String path = page.getRawPath();
    int end = path.indexOf("/login-actions/");
    return new NewCookie.Builder(NAME)
        .value(device)
        .path(path.substring(0, end + 1))
        .maxAge(YEAR)
        .httpOnly(true)
        .secure(isSecure)
        .sameSite(isSecure ? NewCookie.SameSite.NONE : NewCookie.SameSite.LAX)
        .build();
  }
}
