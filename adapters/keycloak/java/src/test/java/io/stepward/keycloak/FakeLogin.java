package io.stepward.keycloak;

import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MultivaluedHashMap;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.UriInfo;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.common.ClientConnection;
import org.keycloak.http.HttpRequest;
import org.keycloak.models.AuthenticationExecutionModel;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakContext;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.SubjectCredentialManager;
import org.keycloak.models.UserModel;
import org.keycloak.models.UserSessionProvider;
import org.keycloak.sessions.AuthenticationSessionModel;
import org.keycloak.sessions.RootAuthenticationSessionModel;

/** A login whose every fact is fixed, so that what is sent of it is, too. */
final class FakeLogin {
  static final String KEY = "00000000-0000-4000-8000-000000000001";
  static final String CONSUME_KEY = "AAAAAAAAAAAAAAAAAAAAAA";
  static final String DEVICE = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";

  final Map<String, String> authNotes = new HashMap<>(Map.of("authn.credentials", "[\"password\"]"));
  final Map<String, String> userSessionNotes = new HashMap<>();
  final Map<String, String> clientNotes = new HashMap<>();
  final MultivaluedMap<String, String> query = new MultivaluedHashMap<>();
  String flowPath = "authenticate";
  String userId = "user-1";
  String refreshUrl =
      "http://localhost:8080/realms/realm/login-actions/authenticate?execution=exec-1&client_id=app&tab_id=tab-1&client_data=eyJ9";
  boolean hasOtp = false;
  List<AuthenticationExecutionModel> executions = List.of();

  static final Ids IDS =
      new Ids() {
        @Override
        String key() {
          return KEY;
        }

        @Override
        String consumeKey() {
          return CONSUME_KEY;
        }

        @Override
        String device() {
          return DEVICE;
        }
      };

  private AuthenticationSessionModel authSession() {
    RootAuthenticationSessionModel root = Fake.of(RootAuthenticationSessionModel.class).with("getId", "root-1").make();
    return Fake.of(AuthenticationSessionModel.class)
        .with("getParentSession", root)
        .with("getTabId", "tab-1")
        .with("getProtocol", "openid-connect")
        .with("getClient", Fake.of(ClientModel.class).with("getClientId", "app").make())
        .on("getClientNote", given -> clientNotes.get(given[0]))
        .on("getAuthNote", given -> authNotes.get(given[0]))
        .on("setAuthNote", given -> authNotes.put((String) given[0], (String) given[1]))
        .on("removeAuthNote", given -> authNotes.remove(given[0]))
        .on("setUserSessionNote", given -> userSessionNotes.put((String) given[0], (String) given[1]))
        .with("getUserSessionNotes", userSessionNotes)
        .make();
  }

  private UserModel user() {
    return Fake.of(UserModel.class)
        .on("getId", given -> userId)
        .with("getUsername", "ada")
        .with("getEmail", "ada@example.org")
        .with("isEmailVerified", true)
        .on("getAttributeStream", given -> given[0].equals("level") ? Stream.of("gold") : Stream.empty())
        .on("credentialManager", given -> Fake.of(SubjectCredentialManager.class).on("isConfiguredFor", type -> hasOtp && type[0].equals("otp")).make())
        .make();
  }

  private KeycloakSession session() {
    return Fake.of(KeycloakSession.class)
        .with("sessions", Fake.of(UserSessionProvider.class).make())
        .with("getContext", Fake.of(KeycloakContext.class).with("resolveLocale", Locale.ENGLISH).make())
        .make();
  }

  Login make() {
    Map<String, String> headers = Map.of("User-Agent", "browser", "Accept-Language", "en");
    HttpHeaders sent = Fake.of(HttpHeaders.class).on("getHeaderString", given -> headers.get(given[0])).make();
    AuthenticationExecutionModel execution = new AuthenticationExecutionModel();
    execution.setId("exec-1");
    execution.setParentFlow("flow-1");
    AuthenticationSessionModel auth = authSession();
    UserModel user = user();
    return new Login(
        Fake.of(AuthenticationFlowContext.class)
            .with("getAuthenticationSession", auth)
            .with(
                "getRealm",
                Fake.of(RealmModel.class)
                    .with("getId", "realm-1")
                    .with("getName", "realm")
                    .on("getAuthenticationExecutionsStream", given -> executions.stream().filter(one -> given[0].equals(one.getParentFlow())))
                    .make())
            .with("getUser", user)
            .with("getExecution", execution)
            .with("getSession", session())
            .on("getFlowPath", given -> flowPath)
            .on("getRefreshExecutionUrl", given -> URI.create(refreshUrl))
            .with("getUriInfo", Fake.of(UriInfo.class).with("getQueryParameters", query).make())
            .with("getConnection", Fake.of(ClientConnection.class).with("getRemoteAddr", "203.0.113.9").make())
            .with("getHttpRequest", Fake.of(HttpRequest.class).with("getHttpHeaders", sent).make())
            .make());
  }
}
