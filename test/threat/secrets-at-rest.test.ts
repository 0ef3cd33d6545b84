import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { webhookEvents } from '../../core/index.ts';
import { postOf, signedBy } from '../support/auth0-tenant.ts';
import { selfSigned } from '../support/certificate.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { startSmtp } from '../support/smtp.ts';
import { eventually } from '../support/webhook-nodes.ts';
import { crawl } from './support/crawl.ts';
import { appCode } from './support/people.ts';
import { encryptionKey, folder, httpBrowser, managementKey, type Process, serverKey, settings, startProcess } from './support/server.ts';

const place = folder();
const device = '7c1f4f0a-93f5-4d42-8a55-0c5e9b7e1f10';
const email = 'ann@secrets.example.org';
const secrets: Record<string, string> = {
  'server key': serverKey,
  'management key': managementKey,
  'encryption key': encryptionKey,
  'device id': device,
};
let smtp: Awaited<ReturnType<typeof startSmtp>>;
let server: Process;
let receiver: Receiver;
let metrics = '';
/** The code in the mail to this address, once it is there. */
const codeTo = async (address: string): Promise<string> => {
  for (;;) {
    const code = /\b(\d{6})\b/.exec(smtp.messages.findLast(({ to }) => to.includes(address))?.text ?? '')?.[1];
    if (code) return code;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

/** A person is challenged, proves the address, enrolls an app, comes back and is let in; the host uses what else there is. */
const fullRun = async (): Promise<void> => {
  const { call, port } = server;
  const track = (binding: string, more: object = {}) =>
    call('POST', '/v1/users/ann/actions/signIn', {
      email,
      emailVerified: true,
      deviceId: device,
      ipAddress: '203.0.113.9',
      userAgent: 'Mozilla/5.0 Chrome/140.0',
      binding,
      redirectUrl: 'https://app.example/back?state=state-of-the-application',
      ...more,
    });
  const hook = (path: string, events: readonly string[]) =>
    call('POST', '/v1/management/webhooks', { url: `https://127.0.0.1:${receiver.port}${path}`, events }, managementKey);
  secrets['webhook secret'] = String((await hook('/told', queuedEvents)).body.secret);
  await call('POST', '/v1/users/ann/actions/signIn', {});
  await call('PATCH', '/v1/management/action-configurations/signIn', { verificationMethods: ['AUTHENTICATOR_APP'] }, managementKey);
  secrets['state in redirectUrl'] = 'state-of-the-application';
  secrets.binding = 'binding-of-the-login-session';
  const tracked = (await track(secrets.binding)).body;
  const url = String(tracked.url);
  secrets.c = new URL(url).searchParams.get('c') ?? '';
  secrets['track token'] = String(tracked.token);
  const browser = httpBrowser(port);
  let page = (await browser.open(url)).html;
  page = (await browser.send(url, page, { do: 'choose', method: 'EMAIL_OTP' })).html;
  secrets['e-mail code'] = await codeTo(email);
  page = (await browser.send(url, page, { do: 'answer', code: secrets['e-mail code'] })).html;
  page = (await browser.send(url, page, { do: 'enroll', method: 'AUTHENTICATOR_APP' })).html;
  secrets['TOTP secret'] = /secret=([A-Z2-7]{32})/.exec(page)?.[1] ?? '';
  secrets['TOTP code'] = appCode(secrets['TOTP secret'], Date.now());
  page = (await browser.send(url, page, { do: 'answer', code: secrets['TOTP code'] })).html;
  secrets['recovery code'] = /<li>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})<\/li>/.exec(page)?.[1] ?? '';
  const left = await browser.send(url, page, { do: 'codes-saved' });
  secrets.ticket = /stepward_ticket=([\w-]+)/.exec(left.html)?.[1] ?? '';
  secrets['browser cookie'] = browser.cookies.get('__Host-stepward-browser') ?? '';
  secrets['device cookie'] = (browser.cookies.get('__Host-stepward-device') ?? '').split('.')[1] ?? '';
  secrets.consumeKey = 'consume-key-of-this-return';
  const consumed = await call('POST', `/v1/users/ann/actions/signIn/${tracked.idempotencyKey}/consume`, {
    binding: secrets.binding,
    ticket: secrets.ticket,
    consumeKey: secrets.consumeKey,
  });
  expect(consumed.status, consumed.text).toBe(200);

  const made = await call('POST', '/v1/management/api-keys', { name: 'made', kind: 'server' }, managementKey);
  secrets['made API key'] = String(made.body.key);
  await call('GET', '/v1/users/ann', undefined, secrets['made API key']);
  secrets['device id of a server challenge'] = '11d0b9a5-5d6c-4b57-9f3c-6b1f7c6a2c77';
  const started = await call('POST', '/v1/challenge', {
    email: 'bob@secrets.example.org',
    userId: 'bob',
    verificationMethod: 'EMAIL_OTP',
    deviceId: secrets['device id of a server challenge'],
  });
  secrets['code of a server challenge'] = await codeTo('bob@secrets.example.org');
  const verified = await call('POST', '/v1/verify', {
    challengeId: started.body.challengeId,
    verificationCode: secrets['code of a server challenge'],
  });
  expect(verified.body.isVerified, verified.text).toBe(true);

  await hook('/mail', ['email.created']);
  await call('POST', '/v1/challenge', { email: 'carl@secrets.example.org', userId: 'carl', verificationMethod: 'EMAIL_OTP' });
  secrets['code by webhook'] = String(JSON.parse(bodiesAt('/mail')[0] ?? '{}').data?.code);
  expect(secrets['code by webhook']).toMatch(/^\d{6}$/);

  secrets['secret of an upstream'] = 'what-the-upstream-gave-us';
  secrets['secret that an OIDC client had'] = 'what-the-application-had-before-it-was-moved';
  const register = (path: string, body: object) => call('POST', `/v1/management${path}`, body, managementKey);
  await register('/oidc-upstreams', { issuer: 'https://idp.example', clientId: 'c', clientSecret: secrets['secret of an upstream'] });
  const portal = { clientId: 'portal', subject: 'own', redirectUris: ['https://portal.example/callback'] };
  await register('/oidc-clients', { ...portal, clientSecret: secrets['secret that an OIDC client had'] });
  secrets['made secret of an OIDC client'] = String((await register('/oidc-clients/portal/secrets', {})).body.clientSecret);
  expect(secrets['made secret of an OIDC client']).toMatch(/^csec_/);

  secrets['secret of an Auth0 tenant'] = 'what-the-action-of-the-tenant-signs-with';
  secrets['state of Auth0'] = 'hKFo2SBTdGF0ZS1vZi1BdXRoMA';
  await register('/auth0-tenants', { domains: ['app.example'], secrets: [secrets['secret of an Auth0 tenant']] });
  const fromAuth0 = (await call('POST', '/v1/users/dora/actions/signIn', { binding: 'b', redirectUrl: 'https://app.example/continue' }))
    .body;
  const sent = { iss: 'app.example', sub: 'dora', instance: fromAuth0.idempotencyKey, exp: Math.floor(Date.now() / 1000) + 300 };
  secrets['session token'] = signedBy(secrets['secret of an Auth0 tenant'], sent);
  secrets['refused session token'] = signedBy('another-secret-that-the-tenant-does-not-have', sent);
  const goesBack = httpBrowser(port);
  const open = (token: string) => goesBack.open(`${fromAuth0.url}&session_token=${token}&state=${secrets['state of Auth0']}`);
  expect((await open(secrets['refused session token'])).status).toBe(404);
  const asked = await open(secrets['session token']);
  const leaving = postOf((await goesBack.send(String(fromAuth0.url), asked.html, { do: 'cancel' })).html);
  expect(leaving.fields.state).toBe(secrets['state of Auth0']);
  secrets['return token'] = leaving.fields.stepward_token ?? '';

  await call('POST', '/v1/management/action-configurations', { actionCode: 'open', defaultUserActionResult: 'ALLOW' }, managementKey);
  await call('POST', '/v1/management/app-clients', { clientId: 'web' }, managementKey);
  const allowed = await call('POST', '/v1/users/ann/actions/open', {});
  const opened = await call('POST', '/v1/sessions', { clientId: 'web', token: allowed.body.token });
  secrets['access token'] = String(opened.body.accessToken);
  secrets['refresh token'] = String(opened.body.refreshToken).split('.')[1] ?? '';
  const refreshed = await call('POST', '/v1/sessions/refresh', { refreshToken: opened.body.refreshToken });
  secrets['next refresh token'] = String(refreshed.body.refreshToken).split('.')[1] ?? '';
  await call('POST', '/v1/sessions/validate', { accessToken: refreshed.body.accessToken });
  await call('POST', '/v1/sessions/refresh', { refreshToken: `${String(opened.body.refreshToken).slice(0, 23)}${'A'.repeat(43)}` });

  // what goes wrong must not tell more than what goes right
  await call('POST', '/v1/validate', { token: `${secrets['track token']}x` });
  await call('GET', '/v1/users/ann', undefined, 'sk_wrong_key_that_somebody_tried');
  secrets['wrong key'] = 'sk_wrong_key_that_somebody_tried';
  await track('binding-of-the-login-session', {
    idempotencyKey: tracked.idempotencyKey,
    redirectUrl: 'https://evil.example/?state=state-of-the-application',
  });
  metrics = (await call('GET', '/metrics')).text;
  for (const [name, secret] of Object.entries(secrets)) expect(secret.length, `${name} was not seen`).toBeGreaterThan(5);
};

const queuedEvents = Object.entries(webhookEvents).flatMap(([type, how]) => (how === 'synchronous' ? [] : [type]));
const bodiesAt = (path: string): readonly string[] => receiver.received.filter((one) => one.path === path).map(({ body }) => body);

const dump = (): string =>
  readdirSync(place.path)
    .map((name) => readFileSync(join(place.path, name), 'latin1'))
    .join('\n');

describe('no secret at rest or in passing, after a full run over HTTP', () => {
  let log = '';
  let running = '';
  beforeAll(async () => {
    smtp = await startSmtp();
    const tls = selfSigned('localhost');
    receiver = await startReceiver(tls);
    const trusted = folder();
    writeFileSync(`${trusted.path}/ca.pem`, tls.cert);
    server = await startProcess(
      settings(`sqlite:${place.path}/stepward.db`, {
        STEPWARD_SMTP_URL: smtp.url,
        STEPWARD_LOG_LEVEL: 'trace',
        STEPWARD_EGRESS_ALLOWED_RANGES: '127.0.0.1',
        NODE_EXTRA_CA_CERTS: `${trusted.path}/ca.pem`,
        // a proxy of the environment would see every body
        NODE_USE_ENV_PROXY: '1',
        HTTPS_PROXY: 'http://127.0.0.1:9',
        https_proxy: 'http://127.0.0.1:9',
      }),
    );
    await fullRun();
    trusted.remove();
    // the outbox is told to the log within its interval
    await new Promise((resolve) => setTimeout(resolve, 600));
    await eventually(() =>
      ['authenticator.created', 'challenge.log_created', 'action.consumed'].every((type) =>
        bodiesAt('/told').some((body) => body.includes(type)),
      ),
    );
    running = dump();
    await server.end('SIGTERM');
    log = server.output();
  });
  afterAll(async () => {
    await server?.end('SIGKILL');
    await smtp?.stop();
    await receiver?.close();
    place.remove();
  });

  // fails without: sealing (TOTP seed, redirectUrl, device id of a server challenge), keyed hashes (codes, binding, c, cookies, API keys)
  it('the database, while it runs and after', () => {
    expect(running.length).toBeGreaterThan(10_000);
    expect(crawl(running, secrets)).toEqual([]);
    expect(crawl(dump(), secrets)).toEqual([]);
  });

  // fails without: events without secrets, and requests that are not logged
  it('the log, at its most talkative', () => {
    expect(log).toContain('authenticator.created');
    expect(log).toContain('not signed by this tenant');
    expect(crawl(log, secrets)).toEqual([]);
  });

  it('the metrics: no secret, no user', () => {
    expect(metrics).toContain('stepward_decisions_total');
    expect(crawl(metrics, { ...secrets, email, address: '203.0.113.9' })).toEqual([]);
  });

  it('webhooks: no secret, and of messages the code alone that they deliver', () => {
    expect(crawl(bodiesAt('/told').join('\n'), secrets)).toEqual([]);
    expect(crawl(bodiesAt('/mail').join('\n'), secrets)).toEqual(['code by webhook']);
    for (const { headers } of receiver.received) expect(crawl(JSON.stringify(headers), secrets)).toEqual([]);
  });

  it('the mail: no secret but the code that it delivers, and none in a subject', () => {
    const { 'e-mail code': code = '', 'code of a server challenge': second = '', ...others } = secrets;
    for (const { raw, subject, text } of smtp.messages) {
      expect(crawl(`${raw}\n${text}`, others)).toEqual([]);
      expect(crawl(subject, { code, second })).toEqual([]);
    }
  });

  it('the crawler finds each secret that was planted, in every form', () => {
    const around = dump().slice(0, 50_000);
    for (const [name, secret] of Object.entries(secrets)) {
      for (const planted of [
        secret,
        Buffer.from(secret).toString('base64'),
        Buffer.from(secret).toString('hex'),
        encodeURIComponent(secret),
      ])
        expect(crawl(`${around} {"planted":"${planted}"}`, secrets)).toContain(name);
    }
  });
});
