import type { ActionEvent } from '../sandbox/index.ts';

/** Texts of a person that no URL, token or log may have. */
export const personal = ['ada.lovelace@example.org', '+4915112345678', 'Ada Lovelace', 'Ada', 'Lovelace'];

/** A login in a browser, with everything that Auth0 may say. */
export const login = (userId: string, more: Readonly<Record<string, unknown>> = {}): ActionEvent => ({
  user: {
    user_id: userId,
    email: personal[0],
    email_verified: true,
    phone_number: personal[1],
    phone_verified: true,
    username: 'ada',
    name: 'Ada Lovelace',
    given_name: 'Ada',
    family_name: 'Lovelace',
    nickname: 'Ada',
    picture: 'https://pictures.example/Ada',
    created_at: '2026-01-02T03:04:05.000Z',
    updated_at: '2026-01-02T03:04:05.000Z',
    last_password_reset: '2026-02-02T03:04:05.000Z',
    user_metadata: { secretWish: 'Ada' },
    app_metadata: {},
    identities: [{ provider: 'auth0', user_id: '1', profileData: { name: 'Ada Lovelace' } }],
    enrolledFactors: [{ type: 'otp' }],
  },
  client: { client_id: 'client-1', name: 'The application', metadata: {} },
  tenant: { id: 'tenant-1' },
  connection: { id: 'con_1', name: 'Username-Password-Authentication', strategy: 'auth0' },
  organization: { id: 'org_1', name: 'org', display_name: 'Org', metadata: {} },
  resource_server: { identifier: 'https://api.example' },
  stats: { logins_count: 7 },
  authorization: { roles: ['admin', 'user'] },
  security_context: { ja3: 'a'.repeat(32), ja4: 't13d1516h2_8daaf6152771_e5627efa2ab1' },
  authentication: {
    methods: [{ name: 'pwd', timestamp: '2026-11-24T08:00:00.000Z' }],
    riskAssessment: {
      confidence: 'low',
      version: '1',
      assessments: {
        NewDevice: { confidence: 'low', code: 'no_match' },
        ImpossibleTravel: { confidence: 'high', code: 'minimal_travel_from_last_login' },
        UntrustedIP: { confidence: 'high', code: 'not_found_on_deny_list' },
        AgentDetection: { confidence: 'neutral', code: 'unknown' },
      },
    },
  },
  session: { id: 'session-1' },
  transaction: {
    id: `transaction-${userId}`,
    protocol: 'oidc-basic-profile',
    locale: 'de',
    acr_values: [],
    requested_scopes: ['openid', 'profile'],
    state: 'app-state',
    redirect_uri: 'https://app.example/callback',
    metadata: {},
  },
  request: {
    method: 'GET',
    hostname: 'login.tenant.example',
    ip: '203.0.113.9',
    user_agent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 Safari/537.36',
    language: 'de-DE,de;q=0.9',
    asn: '64500',
    geoip: { countryCode: 'DE', subdivisionName: 'Berlin', cityName: 'Berlin', latitude: 52.5, longitude: 13.4, continentCode: 'EU' },
    query: { client_id: 'client-1', max_age: '3600', device_id: '0b6f0f9e-5c1e-4b62-9a2b-3b7b6f1d2a11' },
    body: { password: 'Ada' },
  },
  ...more,
});

/** The same event with another transaction. */
export const inTransaction = (event: ActionEvent, more: Readonly<Record<string, unknown>>): ActionEvent => ({
  ...event,
  transaction: { ...event.transaction, ...more },
});

/** The ways in which a login comes to the Action. */
export const situations: Readonly<Record<string, (event: ActionEvent) => ActionEvent>> = {
  interactive: (event) => event,
  SSO: (event) => ({
    ...event,
    authentication: { methods: [{ name: 'pwd', timestamp: '2026-11-23T08:00:00.000Z' }] },
    session: { id: 'session-1', created_at: '2026-11-23T08:00:00.000Z' },
  }),
  'prompt=none': (event) => inTransaction(event, { prompt: ['none'] }),
  refresh: (event) => inTransaction(event, { id: undefined, protocol: 'oauth2-refresh-token' }),
  'password grant': (event) => inTransaction(event, { id: undefined, protocol: 'oauth2-password' }),
  'token exchange': (event) => inTransaction(event, { id: undefined, protocol: 'oauth2-token-exchange' }),
  device: (event) => inTransaction(event, { protocol: 'oauth2-device-code' }),
};

/** Situations in which the user is at a browser that can be sent away. */
export const browsers: ReadonlySet<string> = new Set(['interactive', 'SSO', 'device']);
