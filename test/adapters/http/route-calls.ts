import type { Store } from '../../../core/ports/store.ts';

/** A call of every route that is answered with success, in an order in which each finds what it needs. */
export type RouteCall = {
  /** `METHOD path`, as in the table. */
  readonly route: string;
  readonly path?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status?: number;
  /** What no route makes, and this one needs. */
  readonly prepare?: (store: Store, ids: Readonly<Record<string, string>>) => Promise<void>;
};

/** A delivery to the newest webhook that failed for good. */
const deadDelivery: RouteCall['prepare'] = async (store, { id: webhookId = '' }) => {
  const put = { webhookId, id: 'delivery-1', type: 'review.created', createdAt: 1, body: '{}' };
  await store.transact({ userId: 'u', load: {}, run: () => ({ answer: 0, changes: { events: [{ type: 't', at: 1, data: {} }] } }) });
  await store.drainOutbox(500, () => ({ ruleDays: [], deliveries: [put] }));
  for (const leased of await store.webhookQueue.take({ webhookId, limit: 9, now: 1, leaseUntil: 2 }))
    await store.webhookQueue.settle(leased, { state: 'dead', dueAt: 1, at: 1, reason: 'network' });
};

const values: Readonly<Record<string, string>> = {
  userId: 'u',
  action: 'signIn',
  code: 'signIn',
  idempotencyKey: 'k-1',
  userAuthenticatorId: 'a-1',
  deviceId: 'd-1',
  deliveryId: 'delivery-1',
  ruleId: '{ruleId}',
  version: '1',
  alias: 'office',
  id: '{id}',
  tenantId: 'test',
  clientId: 'web',
};

/** A path with its parameters filled in; ids of rules and others stay to be replaced by the test that made them. */
export const filled = (path: string, ids: Readonly<Record<string, string>> = {}): string =>
  path.replace(/\{(\w+)\}/g, (whole, name: string) => ids[name] ?? values[name] ?? whole).replace(/[{}]/g, '');

const AC = '/v1/management/action-configurations';
const old = '/v1/management/action_configurations';
const U = '/v1/users/{userId}';
const I = `${U}/actions/{action}/{idempotencyKey}`;
const M = '/v1/management';
const C = '/v1/client';
const UA = `${C}/user-authenticators`;

const rule = { name: 'r', type: 'BLOCK', conditions: { '==': [{ var: 'device.isNew' }, true] } };

const policy = (base: string): readonly RouteCall[] => [
  { route: `POST ${base}`, body: { actionCode: 'signIn' }, status: 201 },
  { route: `GET ${base}` },
  { route: `GET ${base}/{code}` },
  { route: `PATCH ${base}/{code}`, body: { failurePolicy: 'allow' } },
  { route: `POST ${base}/{code}/rules`, body: rule, status: 201 },
  { route: `GET ${base}/{code}/rules` },
  { route: `GET ${base}/{code}/rules/{ruleId}` },
  { route: `PATCH ${base}/{code}/rules/{ruleId}`, body: { mode: 'preview' } },
  { route: `PUT ${base}/{code}/rules/order`, body: { ruleIds: ['{ruleId}'] }, headers: { 'if-match': '*' } },
  { route: `POST ${base}/{code}/rules/{ruleId}/move`, body: { to: 'top' } },
  { route: `GET ${base}/{code}/versions` },
  { route: `GET ${base}/{code}/versions/{version}` },
  { route: `POST ${base}/{code}/evaluate`, body: { attributes: { deviceId: 'd' } } },
  { route: `GET ${base}/{code}/preview-impact` },
  { route: `DELETE ${base}/{code}/rules/{ruleId}` },
  { route: `DELETE ${base}/{code}` },
];

export const routeCalls: readonly RouteCall[] = [
  { route: `POST ${U}/actions/{action}`, body: {} },
  { route: `GET ${U}/actions` },
  { route: `GET ${I}` },
  { route: `PATCH ${I}`, body: { state: 'REVIEW_SUCCEEDED' } },
  { route: `POST ${I}/consume`, body: {} },
  { route: `GET ${I}/explain` },
  { route: 'POST /v1/validate', body: { token: 't' } },
  { route: 'POST /v1/challenge', body: { userId: 'u' } },
  { route: 'POST /v1/verify', body: { challengeId: 'c', verificationCode: '1' } },
  { route: 'GET /v1/challenges' },
  { route: 'POST /v1/claim', body: { challengeId: 'c', userId: 'u' } },
  { route: 'POST /v1/sessions', body: { clientId: 'web', token: 't' } },
  { route: 'POST /v1/sessions/refresh', body: { refreshToken: 'r' } },
  { route: 'POST /v1/sessions/validate', body: { accessToken: 'a' } },
  { route: 'POST /v1/sessions/revoke', body: { accessToken: 'a' }, status: 204 },
  { route: 'POST /v1/sessions/user/revoke', body: { userId: 'u' }, status: 204 },
  { route: 'GET /v1/users' },
  { route: `GET ${U}` },
  { route: `PATCH ${U}`, body: { email: 'u@example.org' } },
  { route: `POST ${U}`, body: { email: 'u@example.org' } },
  { route: `DELETE ${U}`, status: 204 },
  { route: `GET ${U}/authenticators` },
  { route: `POST ${U}/authenticators`, body: { verificationMethod: 'EMAIL_OTP', email: 'u@example.org' } },
  { route: `DELETE ${U}/authenticators/{userAuthenticatorId}`, status: 204 },
  { route: 'POST /v1/users/authenticators', body: { authenticators: [] } },
  { route: 'GET /v1/authenticators' },
  { route: `GET ${U}/devices` },
  { route: `PATCH ${U}/devices/{deviceId}`, body: { rememberedUntil: null } },
  { route: `POST ${U}/devices/{deviceId}/invalidate` },
  { route: `GET ${M}/tenant` },
  { route: `PATCH ${M}/tenant`, body: { name: 'T' } },
  ...policy(AC),
  ...policy(old),
  { route: `GET ${M}/authenticator-configurations` },
  { route: `GET ${M}/authenticator-configurations/{id}`, path: `${M}/authenticator-configurations/PASSKEY` },
  { route: `PATCH ${M}/authenticator-configurations/{id}`, path: `${M}/authenticator-configurations/PASSKEY`, body: { isActive: true } },
  { route: `GET ${M}/signals` },
  { route: `POST ${M}/value-lists`, body: { alias: 'office' }, status: 201 },
  { route: `GET ${M}/value-lists` },
  { route: `GET ${M}/value-lists/{alias}` },
  { route: `PATCH ${M}/value-lists/{alias}`, body: { valueListItems: ['a'] } },
  { route: `DELETE ${M}/value-lists/{alias}` },
  { route: `POST ${M}/custom-data-points`, body: { name: 'amount', dataType: 'number' }, status: 201 },
  { route: `GET ${M}/custom-data-points` },
  { route: `GET ${M}/custom-data-points/{id}` },
  { route: `PATCH ${M}/custom-data-points/{id}`, body: { description: 'd' } },
  { route: `DELETE ${M}/custom-data-points/{id}` },
  { route: `POST ${M}/api-keys`, body: { name: 'k', kind: 'server' }, status: 201 },
  { route: `GET ${M}/api-keys` },
  { route: `DELETE ${M}/api-keys/{id}` },
  { route: `GET ${M}/oidc-keys` },
  { route: `POST ${M}/oidc-keys/rotate` },
  { route: `POST ${M}/webhooks`, body: { url: 'https://hooks.example/', events: ['review.created'] }, status: 201 },
  { route: `GET ${M}/webhooks` },
  { route: `GET ${M}/webhooks/{id}` },
  { route: `PATCH ${M}/webhooks/{id}`, body: { isActive: false } },
  { route: `POST ${M}/webhooks/{id}/test` },
  { route: `GET ${M}/webhooks/{id}/deliveries` },
  { route: `POST ${M}/webhooks/{id}/deliveries/replay` },
  { route: `POST ${M}/webhooks/{id}/deliveries/{deliveryId}/replay`, prepare: deadDelivery },
  { route: `DELETE ${M}/webhooks/{id}` },
  { route: `POST ${M}/app-clients`, body: { clientId: 'web' }, status: 201 },
  { route: `GET ${M}/app-clients` },
  { route: `GET ${M}/app-clients/{clientId}` },
  { route: `PATCH ${M}/app-clients/{clientId}`, body: { name: 'Web' } },
  { route: `DELETE ${M}/app-clients/{clientId}` },
  {
    route: `POST ${M}/oidc-upstreams`,
    body: { id: 'corporate', issuer: 'https://idp.example', clientId: 'stepward', clientSecret: 'of the upstream' },
    status: 201,
  },
  { route: `GET ${M}/oidc-upstreams` },
  { route: `GET ${M}/oidc-upstreams/{id}` },
  { route: `PATCH ${M}/oidc-upstreams/{id}`, body: { domains: ['Example.com'] } },
  {
    route: `POST ${M}/oidc-clients`,
    body: { clientId: 'web', upstream: 'corporate', redirectUris: ['https://app.example/callback'] },
    status: 201,
  },
  { route: `GET ${M}/oidc-clients` },
  { route: `GET ${M}/oidc-clients/{clientId}` },
  { route: `PATCH ${M}/oidc-clients/{clientId}`, body: { name: 'Web', upstream: null, subject: 'pairwise' } },
  { route: `DELETE ${M}/oidc-upstreams/{id}` },
  { route: `POST ${M}/oidc-clients/{clientId}/secrets`, status: 201 },
  { route: `DELETE ${M}/oidc-clients/{clientId}/secrets/{secretId}`, path: `${M}/oidc-clients/web/secrets/{id}` },
  { route: `DELETE ${M}/oidc-clients/{clientId}` },
  {
    route: `POST ${M}/auth0-tenants`,
    body: { id: 'shop', domains: ['shop.eu.auth0.com'], secrets: ['a-secret-that-is-shared-with-the-action'] },
    status: 201,
  },
  { route: `GET ${M}/auth0-tenants` },
  { route: `GET ${M}/auth0-tenants/{id}` },
  { route: `PATCH ${M}/auth0-tenants/{id}`, body: { name: 'Shop' } },
  { route: `DELETE ${M}/auth0-tenants/{id}` },
  { route: `GET ${M}/theme` },
  { route: `PATCH ${M}/theme`, body: { radius: 'small' } },
  { route: `GET ${M}/message-overrides` },
  { route: `PATCH ${M}/message-overrides`, body: { messageOverrides: { en: { cancel: 'Stop' } } } },
  { route: `GET ${M}/message-overrides/catalog` },
  { route: `GET ${M}/users` },
  { route: `GET ${M}/users/{userId}` },
  { route: `GET ${M}/users/{userId}/actions` },
  { route: `GET ${M}/users/{userId}/devices` },
  { route: `POST ${M}/users/{userId}/devices/{deviceId}/invalidate` },
  { route: `GET ${M}/users/{userId}/authenticators` },
  { route: `DELETE ${M}/users/{userId}/authenticators/{userAuthenticatorId}` },
  { route: `POST ${M}/users/{userId}/reset`, body: { reason: 'lost' } },
  { route: `DELETE ${M}/users/{userId}` },
  { route: `GET ${M}/actions` },
  { route: `GET ${M}/reviews` },
  { route: `POST ${M}/reviews/{userId}/{action}/{idempotencyKey}`, body: { state: 'REVIEW_SUCCEEDED' } },
  { route: `GET ${M}/audit` },
  { route: `POST ${C}/init` },
  { route: `GET ${UA}` },
  { route: `DELETE ${UA}/{userAuthenticatorId}`, status: 204 },
  { route: `POST ${UA}/totp` },
  ...['email-otp', 'email-magic-link'].flatMap((name) => [
    { route: `POST ${UA}/${name}`, body: { email: 'u@example.org' } },
    { route: `POST ${C}/challenge/${name}` },
  ]),
  { route: `POST ${C}/verify/email-magic-link/finalize` },
  ...['totp', 'email-otp', 'recovery-code'].map((name) => ({ route: `POST ${C}/verify/${name}`, body: { verificationCode: '123456' } })),
  ...['', '/web'].flatMap((web) => [
    { route: `POST ${UA}/passkey/registration-options${web}` },
    { route: `POST ${UA}/passkey/authentication-options${web}` },
  ]),
  { route: `POST ${C}/challenge`, body: { action: 'signIn' } },
  { route: `POST ${C}/challenge/web`, body: { action: 'signIn' } },
  { route: `GET ${UA}/passkey`, path: `${UA}/passkey?credentialIds=x` },
  { route: `POST ${UA}/passkey`, body: { registrationCredential: { id: 'x' } } },
  { route: `POST ${C}/verify/passkey`, body: { authenticationCredential: { id: 'x' } } },
  { route: `POST ${UA}/security-key/registration-options` },
  { route: `POST ${UA}/security-key`, body: { id: 'x' } },
  { route: `POST ${UA}/security-key/authentication-options` },
  { route: `POST ${C}/verify/security-key`, body: { id: 'x' } },
  { route: 'GET /.well-known/webauthn' },
  { route: 'GET /livez' },
  { route: 'GET /readyz' },
  { route: 'GET /openapi.json' },
  { route: 'GET /v1/client/public/{tenantId}/.well-known/jwks' },
];
