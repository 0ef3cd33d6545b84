package io.stepward.keycloak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class DecisionTest {
  @Test
  void aUserIdIsOnePartOfThePath() {
    assertEquals("f%3A12%3Aa%2Fb%20c%3F%23%25%2B", CoreClient.segment("f:12:a/b c?#%+"));
    assertEquals("%C3%A9%F0%9F%99%82", CoreClient.segment("é🙂"));
    for (String none : new String[] {"", ".", "..", null}) assertThrows(IllegalArgumentException.class, () -> CoreClient.segment(none));
  }

  @Test
  void keysAreRandomAndOfTheirKind() {
    Ids ids = new Ids();
    UUID key = UUID.fromString(ids.key());
    assertEquals(7, key.version());
    assertEquals(2, key.variant());
    assertNotEquals(ids.key(), ids.key());
    assertEquals(43, ids.device().length());
    assertEquals(22, ids.consumeKey().length());
  }

  @Test
  void theReturnAddressHasNoSessionInIt() {
    FakeLogin fake = new FakeLogin();
    fake.refreshUrl = "http://localhost:8080/realms/r/login-actions/authenticate?auth_session_id=s1&execution=e&client_id=c";
    assertEquals("http://localhost:8080/realms/r/login-actions/authenticate?execution=e&client_id=c", fake.make().returnUrl());
    fake.refreshUrl = "http://localhost:8080/realms/r/login-actions/authenticate?execution=e&auth_session_id=s1";
    assertEquals("http://localhost:8080/realms/r/login-actions/authenticate?execution=e", fake.make().returnUrl());
  }

  @Test
  void aTicketIsOneAndShort() {
    FakeLogin fake = new FakeLogin();
    assertNull(fake.make().ticket());
    fake.query.add("stepward_ticket", "one");
    assertEquals("one", fake.make().ticket());
    fake.query.add("stepward_ticket", "two");
    assertNull(fake.make().ticket());
    fake.query.putSingle("stepward_ticket", "x".repeat(1025));
    assertNull(fake.make().ticket());
  }

  @Test
  void howTheBrowserCanBeLed() {
    assertEquals(Kind.INTERACTIVE, Kind.of("authenticate", null));
    assertEquals(Kind.INTERACTIVE, Kind.of("post-broker-login", "login"));
    assertEquals(Kind.SILENT, Kind.of("authenticate", "none"));
    assertEquals(Kind.SILENT, Kind.of("authenticate", "consent none"));
    assertEquals(Kind.DIRECT, Kind.of("token", "none"));
    assertEquals(Kind.DIRECT, Kind.of(null, null));
    assertEquals(Kind.DIRECT, Kind.of("something-new", null));
  }

  private static Settings settings(Map<String, String> more) throws InvalidSettings {
    return Settings.read(more, new Settings.Defaults("http://127.0.0.1:9", "sk_test_0000000000000000", false), name -> null);
  }

  @Test
  void whatProceededServesThisUserActionAndLevelAlone() throws Exception {
    Settings plain = settings(Map.of());
    Settings aal2 = settings(Map.of("stepward.requiredAcr", "urn:stepward:aal2"));
    FakeLogin fake = new FakeLogin();
    Login login = fake.make();
    assertFalse(SessionNotes.hasProceeded(login, plain));

    SessionNotes.decided(login, aal2, FakeLogin.KEY, new Answer(200, Json.read("{\"state\":\"CHALLENGE_SUCCEEDED\",\"acr\":\"urn:stepward:aal2\"}"), 1), 1_000);
    assertTrue(SessionNotes.hasProceeded(login, plain));
    assertTrue(SessionNotes.hasProceeded(login, aal2));
    assertTrue(SessionNotes.hasProceeded(login, settings(Map.of("stepward.requiredAcr", "urn:stepward:aal1"))));
    assertFalse(SessionNotes.hasProceeded(login, settings(Map.of("stepward.requiredAcr", "urn:stepward:aal3"))));
    assertFalse(SessionNotes.hasProceeded(login, settings(Map.of("stepward.requiredAcr", "phr"))));
    assertFalse(SessionNotes.hasProceeded(login, settings(Map.of("stepward.action", "other"))));
    fake.userId = "user-2";
    assertFalse(SessionNotes.hasProceeded(login, plain));
  }

  @Test
  void withoutADecisionNoLevelIsReached() throws Exception {
    FakeLogin fake = new FakeLogin();
    Login login = fake.make();
    SessionNotes.undecided(login, settings(Map.of()), 1_000);
    assertEquals("true", fake.userSessionNotes.get("stepward.degraded"));
    assertTrue(SessionNotes.hasProceeded(login, settings(Map.of())));
    assertFalse(SessionNotes.hasProceeded(login, settings(Map.of("stepward.requiredAcr", "urn:stepward:aal1"))));
  }

  @Test
  void aNoteOfAnotherVersionIsNone() {
    FakeLogin fake = new FakeLogin();
    Login login = fake.make();
    for (String note : new String[] {"", "{", "[]", "{\"v\":2,\"key\":\"k\",\"state\":\"ALLOW\"}"}) {
      fake.authNotes.put("stepward:exec-1", note);
      assertNull(LoginState.read(login.authSession(), "exec-1"), note);
    }
  }
}
