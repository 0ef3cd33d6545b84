import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Served, startServed } from '../../support/served.ts';
import { createBrowser } from '../../support/stepward.ts';

type Answer = {
  readonly status: number;
  readonly body: Record<string, unknown> & readonly Record<string, unknown>[];
  readonly next?: string;
};

let served: Served;
beforeAll(async () => {
  served = await startServed();
  await served.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
  await served.configure('free', { defaultUserActionResult: 'ALLOW' });
});
afterAll(() => served.end());

/** The management API as an operator's tool calls it. */
const manage = async (method: string, path: string, body?: unknown): Promise<Answer> => {
  const response = await fetch(path.startsWith('http') ? path : `${served.url}/v1/management${path}`, {
    method,
    headers: { authorization: `Basic ${btoa('mk_test_0000000000000000:')}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const next = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  return { status: response.status, body: (await response.json()) as Answer['body'], ...(next !== undefined && { next }) };
};
const path = (userId: string, rest = '') => `/users/${encodeURIComponent(userId)}${rest}`;
const audited = async (userId: string) =>
  (await manage('GET', `/audit?subject=${encodeURIComponent(userId)}`)).body.map(({ what, detail }) => [what, detail]);

const enrolled = async (userId: string): Promise<string> => {
  await served.api.updateUser(userId, { email: `${userId}@example.org`, emailVerified: true });
  const { authenticator } = (await served.api.enrollVerified(userId, {
    verificationMethod: 'EMAIL_OTP',
    email: `second-${userId}@example.org`,
  })) as { readonly authenticator: { readonly userAuthenticatorId: string } };
  return authenticator.userAuthenticatorId;
};
const track = async (userId: string, more: Record<string, unknown> = {}) =>
  (await served.api.track({ userId, action: 'signIn', ipAddress: '203.0.113.9', deviceId: `device-of-${userId}-0123456789`, ...more }))
    .answer;

describe('a user', () => {
  it('is found and read as the server API reads him, without secrets', async () => {
    await served.api.updateUser('auth0|zoë 1', { email: 'zoe@example.org' });
    await served.api.enrollVerified('auth0|zoë 1', { verificationMethod: 'EMAIL_OTP', email: 'zoe@example.org' });
    expect((await manage('GET', '/users?email=zoe%40EXAMPLE.org')).body).toMatchObject([{ userId: 'auth0|zoë 1', isEnrolled: true }]);
    expect((await manage('GET', '/users?username=nobody')).body).toEqual([]);
    expect((await manage('GET', '/users?email=no-address')).status).toBe(400);
    const { body } = await manage('GET', path('auth0|zoë 1'));
    expect(body).toMatchObject({ userId: 'auth0|zoë 1', isEnrolled: true, enrolledVerificationMethods: ['EMAIL_OTP', 'RECOVERY_CODE'] });
    const list = await manage('GET', path('auth0|zoë 1', '/authenticators'));
    expect(list.body.map(({ verificationMethod }) => verificationMethod)).toEqual(['EMAIL_OTP', 'RECOVERY_CODE']);
    expect(JSON.stringify(list.body)).not.toMatch(/hash|salt|secret/i);
  });
  it('who is unknown reads as one who is not enrolled, with empty lists', async () => {
    expect((await manage('GET', path('nobody'))).body).toMatchObject({ userId: 'nobody', isEnrolled: false });
    for (const rest of ['/actions', '/devices', '/authenticators']) expect((await manage('GET', path('nobody', rest))).body).toEqual([]);
  });
  it('and others are listed page by page; each once', async () => {
    for (let index = 0; index < 5; index++) await served.api.updateUser(`page-${index}`, { username: 'pager' });
    const seen: unknown[] = [];
    let next: string | undefined = '/users?username=pager&limit=2';
    while (next !== undefined) {
      const answer: Answer = await manage('GET', next);
      seen.push(...answer.body.map(({ userId }) => userId));
      next = answer.next;
    }
    expect(seen).toEqual(['page-0', 'page-1', 'page-2', 'page-3', 'page-4']);
  });
  it.each(['limit=0', 'limit=501', 'limit=x', 'cursor=x', 'cursor=e30'])('a list with %s is refused', async (query) => {
    expect((await manage('GET', `/users?${query}`)).status).toBe(400);
  });
});

describe('the action instances of a user', () => {
  it('are newest first, page by page, stable under inserts', async () => {
    for (let index = 0; index < 5; index++) {
      await track('ivo', { idempotencyKey: `k-${index}` });
      served.pass(1_000);
    }
    const first = await manage('GET', `${path('ivo', '/actions')}?limit=2`);
    expect(first.body.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['k-4', 'k-3']);
    await track('ivo', { idempotencyKey: 'k-late' });
    const second = await manage('GET', first.next ?? '');
    expect(second.body.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['k-2', 'k-1']);
    const third = await manage('GET', second.next ?? '');
    expect([third.body.map(({ idempotencyKey }) => idempotencyKey), third.next]).toEqual([['k-0'], undefined]);
  });
  it('by state: a challenge that lapsed reads as failed', async () => {
    await track('una', { action: 'free' });
    await track('una');
    const keys = async (state: string) =>
      (await manage('GET', `${path('una', '/actions')}?state=${state}`)).body.map(({ actionCode }) => actionCode);
    expect([await keys('CHALLENGE_REQUIRED'), await keys('CHALLENGE_FAILED'), await keys('ALLOW')]).toEqual([['signIn'], [], ['free']]);
    served.pass(601_000);
    expect([await keys('CHALLENGE_REQUIRED'), await keys('CHALLENGE_FAILED')]).toEqual([[], ['signIn']]);
    expect((await manage('GET', `${path('una', '/actions')}?state=MAYBE`)).status).toBe(400);
  });
});

describe('a device', () => {
  it('is invalidated by its id, with an audit entry; another user’s looks like none', async () => {
    await track('dan', { action: 'free' });
    await track('eva', { action: 'free' });
    const deviceOf = async (userId: string) => String((await manage('GET', path(userId, '/devices'))).body[0]?.deviceId);
    const [dans, evas] = [await deviceOf('dan'), await deviceOf('eva')];
    const foreign = await manage('POST', path('dan', `/devices/${evas}/invalidate`));
    const absent = await manage('POST', path('dan', '/devices/0190aaaa-aaaa-7aaa-8aaa-aaaaaaaaaaaa/invalidate'));
    const { requestId: _, ...foreignBody } = foreign.body;
    const { requestId: __, ...absentBody } = absent.body;
    expect([foreign.status, foreignBody]).toEqual([404, absentBody]);
    expect(await audited('dan')).toEqual([]);
    const done = await manage('POST', path('dan', `/devices/${dans}/invalidate`));
    expect(done.body).toMatchObject({ userId: 'dan', deviceId: dans, invalidatedAt: expect.any(String) });
    expect(await audited('dan')).toEqual([['device.invalidated', { deviceId: dans }]]);
    expect((await manage('GET', path('eva', '/devices'))).body[0]).not.toHaveProperty('invalidatedAt');
  });
});

describe('an authenticator', () => {
  it('is removed, told to the contacts, and audited; another user’s is not touched', async () => {
    const [mine, theirs] = [await enrolled('finn'), await enrolled('gus')];
    expect((await manage('DELETE', path('finn', `/authenticators/${theirs}`))).status).toBe(200);
    expect((await manage('GET', path('gus'))).body).toMatchObject({ isEnrolled: true });
    expect(await manage('DELETE', path('finn', `/authenticators/${mine}`))).toMatchObject({
      status: 200,
      body: { success: true, statusCode: 200 },
    });
    expect((await manage('GET', path('finn'))).body).toMatchObject({ isEnrolled: false });
    for (const to of ['finn@example.org', 'second-finn@example.org']) await served.noticeTo(to, 'was removed from your account');
    expect((await audited('finn')).at(0)).toEqual(['authenticator.deleted', { userAuthenticatorId: mine }]);
  });
});

describe('a reset', () => {
  it('takes every factor, remembers why, tells the user, and holds enrolling back for the time given', async () => {
    await enrolled('hana');
    const { status, body } = await manage('POST', path('hana', '/reset'), {
      reason: 'phone lost, called back',
      waitSeconds: 3600,
      more: 1,
    });
    expect([status, body]).toMatchObject([200, { userId: 'hana', isEnrolled: false }]);
    expect(await audited('hana')).toEqual([['user.reset', { reason: 'phone lost, called back', waitSeconds: 3600 }]]);
    await served.noticeTo('hana@example.org', 'reset');
    const { url, canEnroll } = await track('hana');
    expect(canEnroll).toBe(false);
    const browser = createBrowser(served.composed);
    const until = served.now() + 3_600_000;
    expect((await browser.open(url)).view).toMatchObject({ page: 'waiting', until });
    served.pass(3_600_000);
    const later = await track('hana');
    expect((await createBrowser(served.composed).open(later.url)).view.page).toBe('prove-contact');
  });
  it('without a time: at once', async () => {
    await enrolled('jon');
    await manage('POST', path('jon', '/reset'), { reason: 'lost' });
    expect((await createBrowser(served.composed).open((await track('jon')).url)).view.page).toBe('prove-contact');
  });
  it('ends a right to enroll that was given before, and open settings', async () => {
    await enrolled('kim');
    await manage('POST', path('kim', '/reset'), { reason: 'first' });
    await served.configure('strong', { defaultUserActionResult: 'CHALLENGE', minimumAssurance: 'aal2' });
    const { url } = await track('kim', { action: 'strong' });
    const browser = createBrowser(served.composed);
    await browser.open(url);
    const mails = served.mails.length;
    const { view } = await browser.act(url, { do: 'choose', method: 'EMAIL_OTP' });
    if (view.page !== 'ceremony') throw new Error(view.page);
    const response = await served.codeTo('kim@example.org', mails);
    expect((await browser.act(url, { do: 'answer', challengeId: view.ceremony.challengeId, response })).view.page).toBe('enroll');
    served.pass(1_000);
    await manage('POST', path('kim', '/reset'), { reason: 'second' });
    expect((await browser.open(url)).view.page).toBe('prove-contact');
  });
  it.each([
    [{}],
    [{ reason: '' }],
    [{ reason: 7 }],
    [{ reason: 'x'.repeat(1001) }],
    [{ reason: 'x', waitSeconds: -1 }],
    [{ reason: 'x', waitSeconds: 1.5 }],
    [{ reason: 'x', waitSeconds: '60' }],
    [{ reason: 'x', waitSeconds: 2_592_001 }],
  ])('%j is refused, and nothing changes', async (body) => {
    await enrolled('lea');
    const before = await audited('lea');
    expect((await manage('POST', path('lea', '/reset'), body)).status).toBe(400);
    expect((await manage('GET', path('lea'))).body).toMatchObject({ isEnrolled: true });
    expect(await audited('lea')).toEqual(before);
  });
  it('of nobody is 404 and not audited', async () => {
    expect((await manage('POST', path('noone', '/reset'), { reason: 'x' })).status).toBe(404);
    expect(await audited('noone')).toEqual([]);
  });
});

describe('a deletion', () => {
  it('erases the user and his instances; the audit log keeps that it happened', async () => {
    await enrolled('mia');
    await track('mia', { idempotencyKey: 'gone' });
    expect((await manage('DELETE', path('mia'))).status).toBe(200);
    expect((await manage('GET', path('mia'))).body).toMatchObject({ isEnrolled: false });
    expect((await manage('GET', path('mia'))).body).not.toHaveProperty('email');
    expect((await manage('GET', path('mia', '/actions'))).body).toEqual([]);
    expect(await audited('mia')).toEqual([['user.deleted', undefined]]);
  });
});
