import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auth0Tenant, browserFor, partsOf, postOf, signedBy, withAddress } from '../../support/auth0-tenant.ts';
import { type Served, startServed } from '../../support/served.ts';
import type { WebBrowser } from '../../support/web-browser.ts';

const domain = 'shop.eu.auth0.com';
const custom = 'login.shop.example';
const secret = 'the-redirect-secret-of-the-shop-tenant-1';
const otherSecret = 'the-redirect-secret-of-the-other-tenant-2';

let served: Served;
const shop = () => auth0Tenant(served, domain);
beforeAll(async () => {
  const origins = [domain, custom, 'bank.eu.auth0.com', 'unlisted.auth0.com'].map((host) => `https://${host}`).join();
  served = await startServed({ STEPWARD_REDIRECT_ORIGINS: `${origins},http://localhost:4444` });
  const { management } = served.composed;
  await management.createAuth0Tenant('test', { id: 'shop', domains: [domain, custom], secrets: [secret] });
  await management.createAuth0Tenant('test', { id: 'bank', domains: ['bank.eu.auth0.com'], secrets: [otherSecret] });
  await served.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
  await served.configure('forbidden', { defaultUserActionResult: 'BLOCK' });
  await served.configure('looked-at', { defaultUserActionResult: 'REVIEW' });
});
afterAll(() => served?.end());

/** Passes the challenge with a code, to the leaving page. */
const pass = async (browser: WebBrowser, email: string) => {
  const seen = served.mails.length;
  if (!browser.at.text.includes('id="code"')) await browser.press(/.*/);
  return browser.press('Continue', { code: await served.codeTo(email, seen - 1) });
};

describe('a browser that an Auth0 tenant sends', () => {
  it('passes the challenge and is posted back with a token that says nothing of success', async () => {
    const login = await shop().begin('auth0|shopper one');
    const email = await withAddress(served, login.userId);
    const browser = browserFor();
    const state = 'hKFo2SB+/=%20 ~"é';
    await browser.open(login.sent(signedBy(secret, login.claims()), state));
    expect(browser.at.url.href).toBe(login.url);
    const { text, headers } = await pass(browser, email);
    expect(headers.get('content-security-policy')).not.toContain('form-action');
    const { action, fields } = postOf(text);
    expect(action).toBe(`https://${domain}/continue`);
    expect(Object.keys(fields)).toEqual(['state', 'stepward_token']);
    expect(fields.state).toBe(state);
    const now = Math.floor(served.now() / 1000);
    const [header, claims] = partsOf(fields.stepward_token ?? '');
    expect(header).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(claims).toEqual({
      sub: login.userId,
      iss: served.url,
      iat: now,
      exp: now + 60,
      state,
      jti: expect.stringMatching(/^[\w-]{36}$/),
      instance: login.instance,
      ticket: expect.stringMatching(/^[\w-]{22}$/),
    });
    expect(signedBy(secret, claims ?? {})).toBe(fields.stepward_token);
    const { ticket } = claims as { ticket: string };
    const ref = { userId: login.userId, action: 'signIn', idempotencyKey: login.instance };
    await expect(served.api.consume(ref, { binding: login.binding, consumeKey: 'k1' })).rejects.toThrow(/ticket/);
    const again = await browser.open(login.url.replace('/challenge?', '/challenge/done?'));
    const [, second] = partsOf(postOf(again.text).fields.stepward_token ?? '');
    expect([second?.ticket, second?.jti === claims?.jti]).toEqual([ticket, false]);
    expect((await served.api.consume(ref, { binding: login.binding, ticket, consumeKey: 'k1' })).state).toBe('CHALLENGE_SUCCEEDED');
    await expect(served.api.consume(ref, { binding: login.binding, ticket, consumeKey: 'k2' })).rejects.toThrow(/consumed/);
    // replayed by the very browser, after all is used
    expect((await browser.open(login.sent(signedBy(secret, login.claims())))).status).toBe(404);
  });

  it('goes home by the custom domain that it came from, and may be sent by any domain of its tenant', async () => {
    const login = await auth0Tenant(served, custom).begin('auth0|custom');
    const email = await withAddress(served, login.userId);
    const browser = browserFor();
    await browser.open(login.sent(signedBy(secret, login.claims({ iss: domain }))));
    expect(postOf((await pass(browser, email)).text).action).toBe(`https://${custom}/continue`);
  });

  it('takes its failure home too, without a ticket', async () => {
    const ends: readonly [string, string, (browser: WebBrowser) => Promise<unknown>][] = [
      ['signIn', 'auth0|cancels', (browser) => browser.press(/^Cancel/)],
      ['forbidden', 'auth0|blocked', async () => undefined],
      ['looked-at', 'auth0|reviewed', async () => undefined],
    ];
    for (const [action, userId, end] of ends) {
      await withAddress(served, userId);
      const login = await shop().begin(userId, { action });
      const browser = browserFor();
      await browser.open(login.sent(signedBy(secret, login.claims())));
      await end(browser);
      const { text } = await browser.open(login.url.replace('/challenge?', '/challenge/done?'));
      const { action: goal, fields } = postOf(text);
      expect([userId, goal]).toEqual([userId, `https://${domain}/continue`]);
      const [, claims] = partsOf(fields.stepward_token ?? '');
      expect(claims).toMatchObject({ sub: userId, instance: login.instance, state: 'st-4te_of.auth0' });
      expect(claims).not.toHaveProperty('ticket');
    }
  });

  it('and one whose time ran out', async () => {
    const login = await shop().begin('auth0|late');
    await withAddress(served, login.userId);
    const browser = browserFor();
    await browser.open(login.sent(signedBy(secret, login.claims())));
    served.pass(3_600_000);
    const { fields } = postOf((await browser.open(login.url.replace('/challenge?', '/challenge/done?'))).text);
    expect(partsOf(fields.stepward_token ?? '')[1]).not.toHaveProperty('ticket');
  });

  it('keeps the first state: another one in the URL of the same visit changes nothing', async () => {
    const login = await shop().begin('auth0|two-states');
    const email = await withAddress(served, login.userId);
    const browser = browserFor();
    await browser.open(login.sent(signedBy(secret, login.claims()), 'first'));
    await browser.open(login.sent(signedBy(secret, login.claims()), 'second'));
    expect(browser.at.url.href).toBe(login.url);
    await browser.open(`${login.url}&state=third`);
    expect(postOf((await pass(browser, email)).text).fields.state).toBe('first');
  });

  it('a token and its state are in no address after the first, and in no cookie', async () => {
    const login = await shop().begin('auth0|clean');
    const browser = browserFor();
    const token = signedBy(secret, login.claims());
    await browser.open(login.sent(token, 'the-state'));
    const after = [...browser.hops.slice(1).map(String), ...browser.seen, browser.at.text].join('\n');
    expect([after.includes(token), after.includes('the-state')]).toEqual([false, false]);
  });

  it('nothing of a person goes back: neither address, number nor name', async () => {
    const person = { email: 'pat.smith@mail.example', phoneNumber: '+14155550123', username: 'pat.smith', displayName: 'Pat Smith' };
    await served.api.updateUser('auth0|pat', { ...person, emailVerified: true, phoneNumberVerified: true });
    const login = await shop().begin('auth0|pat', { email: person.email, emailVerified: true, username: person.username });
    const browser = browserFor();
    await browser.open(login.sent(signedBy(secret, login.claims())));
    await browser.press(/^(Cancel|Back)/);
    const { fields } = postOf(browser.at.text);
    const told = [browser.at.text, ...browser.hops.map(String), JSON.stringify(partsOf(fields.stepward_token ?? ''))].join('\n');
    expect(told).toContain('auth0|pat');
    expect(Object.values(person).filter((text) => told.includes(text) || told.includes(encodeURIComponent(text)))).toEqual([]);
  });

  it('two browsers with one URL at once: it belongs to one', async () => {
    const login = await shop().begin('auth0|raced');
    const url = login.sent(signedBy(secret, login.claims()));
    const browsers = [browserFor(), browserFor(), browserFor()];
    await Promise.all(browsers.map((browser) => browser.open(url)));
    expect(browsers.map(({ at }) => at.status).toSorted()).toEqual([200, 404, 404]);
  });
});

describe('the page refuses', () => {
  const past = -10;
  const refused: readonly [string, (login: Awaited<ReturnType<ReturnType<typeof shop>['begin']>>) => string][] = [
    ['a URL copied from a log', (login) => login.url],
    ['no token', (login) => login.sent(undefined)],
    ['an empty token', (login) => login.sent('')],
    ['a token cut in two', (login) => login.sent(signedBy(secret, login.claims()).split('.').slice(0, 2).join('.'))],
    ['a token with more behind it', (login) => login.sent(`${signedBy(secret, login.claims())}.e30`)],
    ['a token with a changed claim', (login) => login.sent(signedBy(secret, login.claims()).replace(/\..*\./, `.${changed(login)}.`))],
    ['a token that expired', (login) => login.sent(signedBy(secret, login.claims({ exp: Math.floor(served.now() / 1000) + past })))],
    ['a token that expires now', (login) => login.sent(signedBy(secret, login.claims({ exp: Math.floor(served.now() / 1000) })))],
    ['a token that never expires', (login) => login.sent(signedBy(secret, login.claims({ exp: undefined })))],
    ['an expiry in words', (login) => login.sent(signedBy(secret, login.claims({ exp: '9999999999' })))],
    ['another user', (login) => login.sent(signedBy(secret, login.claims({ sub: 'auth0|somebody' })))],
    ['no user', (login) => login.sent(signedBy(secret, login.claims({ sub: undefined })))],
    ['another instance', (login) => login.sent(signedBy(secret, login.claims({ instance: 'another' })))],
    ['no instance', (login) => login.sent(signedBy(secret, login.claims({ instance: undefined })))],
    ['an issuer of another tenant', (login) => login.sent(signedBy(secret, login.claims({ iss: 'bank.eu.auth0.com' })))],
    ['an issuer that is a URL', (login) => login.sent(signedBy(secret, login.claims({ iss: `https://${domain}/` })))],
    ['a list of issuers', (login) => login.sent(signedBy(secret, login.claims({ iss: [domain] })))],
    ['the secret of another tenant', (login) => login.sent(signedBy(otherSecret, login.claims()))],
    ['a token of another tenant, whole', (login) => login.sent(signedBy(otherSecret, login.claims({ iss: 'bank.eu.auth0.com' })))],
    ['alg none', (login) => login.sent(signedBy(secret, login.claims(), { alg: 'none', typ: 'JWT' }))],
    ['alg None', (login) => login.sent(signedBy(secret, login.claims(), { alg: 'None', typ: 'JWT' }))],
    ['alg HS512, rightly signed', (login) => login.sent(signedBy(secret, login.claims(), { alg: 'HS512', typ: 'JWT' }))],
    ['no alg', (login) => login.sent(signedBy(secret, login.claims(), { typ: 'JWT' }))],
    ['a critical header', (login) => login.sent(signedBy(secret, login.claims(), { alg: 'HS256', crit: ['b64'], b64: false }))],
    ['a token of 5 KB', (login) => login.sent(signedBy(secret, login.claims({ more: 'x'.repeat(5000) })))],
    ['a token twice', (login) => `${login.sent(signedBy(secret, login.claims()))}&session_token=${signedBy(secret, login.claims())}`],
    ['no state', (login) => `${login.url}&session_token=${signedBy(secret, login.claims())}`],
    ['an empty state', (login) => login.sent(signedBy(secret, login.claims()), '')],
    ['a state of 5 KB', (login) => login.sent(signedBy(secret, login.claims()), 'x'.repeat(5000))],
    ['a frame or window', (login) => `${login.sent(signedBy(secret, login.claims()))}&mode=popup`],
  ];
  const changed = (login: Parameters<(typeof refused)[number][1]>[0]): string =>
    Buffer.from(JSON.stringify(login.claims({ exp: 9_999_999_999 }))).toString('base64url');

  it.each(refused)('%s, and the visit stays for who is rightly sent', async (what, urlOf) => {
    const login = await shop().begin(`auth0|${what}`);
    const stranger = browserFor();
    const { status, text } = await stranger.open(urlOf(login));
    expect([status, text.includes(login.userId), stranger.cookies()]).toEqual([404, false, []]);
    expect((await stranger.open(login.url.replace('/challenge?', '/challenge/done?'))).status).toBe(404);
    const right = browserFor();
    expect((await right.open(login.sent(signedBy(secret, login.claims())))).status).toBe(200);
  });

  it('a second browser with the same right token: a forwarded URL begins nothing twice', async () => {
    const login = await shop().begin('auth0|forwarded');
    const url = login.sent(signedBy(secret, login.claims()));
    await browserFor().open(url);
    const second = browserFor();
    expect([(await second.open(url)).status, second.cookies()]).toEqual([404, []]);
  });

  it('tokens of other kinds: our own return token, and what track gave', async () => {
    const email = await withAddress(served, 'auth0|kinds');
    const login = await shop().begin('auth0|kinds');
    const browser = browserFor();
    await browser.open(login.sent(signedBy(secret, login.claims())));
    const returned = postOf((await pass(browser, email)).text).fields.stepward_token ?? '';
    const next = await shop().begin('auth0|kinds', { idempotencyKey: `next-of-${login.instance}` });
    const again = signedBy(secret, { ...partsOf(returned)[1], instance: `next-of-${login.instance}` });
    for (const token of [returned, again, next.token]) expect((await browserFor().open(next.sent(token))).status).toBe(404);
  });

  it('HEAD and a prefetch take no place', async () => {
    const login = await shop().begin('auth0|prefetched');
    const url = login.sent(signedBy(secret, login.claims()));
    expect((await fetch(url, { method: 'HEAD', redirect: 'manual' })).headers.getSetCookie()).toEqual([]);
    expect((await fetch(url, { headers: { 'sec-purpose': 'prefetch' } })).status).toBe(204);
    expect((await browserFor().open(url)).status).toBe(200);
  });

  it('a domain that no tenant has, though browsers may return there', async () => {
    const login = await auth0Tenant(served, 'unlisted.auth0.com').begin('auth0|unlisted');
    expect((await browserFor().open(login.sent(signedBy(secret, login.claims())))).status).toBe(404);
    expect((await browserFor().open(login.sent(signedBy(secret, login.claims({ iss: domain }))))).status).toBe(404);
  });

  it('every spelling of the way back to a tenant is that way', async () => {
    await withAddress(served, 'auth0|spelt');
    const spelt = [`https://${domain.toUpperCase()}/continue`, `https://${domain}:443/continue`, `https://${domain}/a/../continue`];
    for (const redirectUrl of [...spelt, `https://${domain}/continue?x=1`, `https://${domain}/continue#x`]) {
      const login = await shop().begin('auth0|spelt', { redirectUrl });
      expect([redirectUrl, (await browserFor().open(login.url)).status]).toEqual([redirectUrl, 404]);
      const browser = browserFor();
      await browser.open(login.sent(signedBy(secret, login.claims())));
      await browser.press(/^Cancel/);
      expect(postOf(browser.at.text).action).toBe(`https://${domain}/continue`);
    }
  });

  it('loopback without TLS, outside development', async () => {
    const { management } = served.composed;
    const create = management.createAuth0Tenant('test', { domains: ['localhost:4444'], secrets: [secret] });
    await expect(create).rejects.toThrow(/`domains.0` must be a host name/);
    // nor one that a development server left behind
    const { policies, ports } = served.composed;
    const left = { id: 'left', name: 'left', domains: ['localhost:4444'], sealedSecrets: [''], version: 1, createdAt: 0 };
    await policies.change(() => ({ put: [{ kind: 'auth0-tenant', id: 'left', body: left }], answer: undefined }));
    const [transport] = ports.transports;
    expect(await transport?.matches('http://localhost:4444/continue')).toBe(false);
    expect(await transport?.matches(`http://${domain}/continue`)).toBe(false);
  });
});

describe('a tenant that is changed while a browser is away', () => {
  const rotated = 'the-secret-that-takes-the-first-ones-place';
  it('a login begun before the rotation of its secret ends after it, signed with the new one', async () => {
    await served.composed.management.updateAuth0Tenant('test', 'bank', { secrets: [otherSecret] }, undefined);
    const login = await auth0Tenant(served, 'bank.eu.auth0.com').begin('auth0|rotated');
    const email = await withAddress(served, login.userId);
    const late = await auth0Tenant(served, 'bank.eu.auth0.com').begin('auth0|rotated-later');
    const browser = browserFor();
    await browser.open(login.sent(signedBy(otherSecret, login.claims())));
    await served.composed.management.updateAuth0Tenant('test', 'bank', { secrets: [rotated, otherSecret] }, undefined);
    const token = postOf((await pass(browser, email)).text).fields.stepward_token ?? '';
    expect(signedBy(rotated, partsOf(token)[1] ?? {})).toBe(token);
    // one that was sent with the old secret still begins, until that secret is gone
    expect((await browserFor().open(late.sent(signedBy(otherSecret, late.claims())))).status).toBe(200);
    await served.composed.management.updateAuth0Tenant('test', 'bank', { secrets: [rotated] }, undefined);
    const over = await auth0Tenant(served, 'bank.eu.auth0.com').begin('auth0|rotated-over');
    expect((await browserFor().open(over.sent(signedBy(otherSecret, over.claims())))).status).toBe(404);
    expect((await browserFor().open(over.sent(signedBy(rotated, over.claims())))).status).toBe(200);
  });

  it('a tenant that was removed gets no browser back, and no ticket goes into a URL instead', async () => {
    const { management } = served.composed;
    await management.updateAuth0Tenant('test', 'bank', { secrets: [rotated] }, undefined);
    const login = await auth0Tenant(served, 'bank.eu.auth0.com').begin('auth0|removed');
    const email = await withAddress(served, login.userId);
    const browser = browserFor();
    await browser.open(login.sent(signedBy(rotated, login.claims())));
    await management.deleteAuth0Tenant('test', 'bank', undefined);
    const { text } = await pass(browser, email);
    expect(text).toContain('We cannot send you back');
    expect([text.includes('bank.eu.auth0.com'), text.includes('ticket')]).toEqual([false, false]);
  });
});
