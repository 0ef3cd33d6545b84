import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RequestContext } from '../../core/index.ts';
import { createBrowser, createWorld, usual, type World } from '../support/stepward.ts';
import { emailOf, enrolledByEmail, passByEmail, proceed, refOf, refusalOf, track } from '../support/use-cases.ts';

const claims = (token: string): Record<string, unknown> => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

describe('track: what is answered', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    await enrolledByEmail(world, 'ann');
    for (const outcome of ['TRUST', 'ALLOW', 'REVIEW', 'BLOCK', 'CHALLENGE', 'RECOMMENDED'] as const)
      await world.configure(outcome.toLowerCase(), { defaultUserActionResult: outcome });
  });
  afterAll(() => world.end());
  const context = (about: RequestContext, action = 'challenge') => track(world, { userId: 'ann', action, context: about });

  it.each([
    ['trust', 'TRUST', 'ALLOW'],
    ['allow', 'ALLOW', 'ALLOW'],
    ['challenge', 'CHALLENGE', 'CHALLENGE_REQUIRED'],
    ['review', 'REVIEW', 'REVIEW_REQUIRED'],
    ['block', 'BLOCK', 'BLOCK'],
  ])('%s: outcome %s begins as %s, with `url` and `token` in every state', async (action, outcome, state) => {
    const answer = await track(world, { userId: 'ann', action });
    expect(answer).toMatchObject({ outcome, state, decidedBy: 'default', ruleIds: [], policyVersion: 2, failurePolicy: 'deny' });
    expect(answer.url).toMatch(/^http:\/\/localhost:8787\/challenge\?c=[A-Za-z0-9_-]{22}$/);
    expect(claims(answer.token)).toMatchObject({
      sub: 'ann',
      aud: 'test',
      iss: 'http://localhost:8787',
      scope: 'read:authenticators',
      other: { tenantId: 'test', userId: 'ann', actionCode: action, idempotencyKey: answer.idempotencyKey },
    });
    expect(answer.url).not.toContain(answer.token);
  });

  it('names everything that the contract lists', async () => {
    const answer = await track(world, { userId: 'ann', action: 'challenge' });
    expect(answer).toMatchObject({
      isEnrolled: true,
      enrolledVerificationMethods: ['EMAIL_OTP', 'RECOVERY_CODE'],
      allowedVerificationMethods: ['PASSKEY', 'SECURITY_KEY', 'AUTHENTICATOR_APP', 'EMAIL_OTP', 'EMAIL_MAGIC_LINK', 'RECOVERY_CODE'],
      recommendation: { outcome: expect.any(String), score: expect.any(Number), level: expect.any(String), reasons: expect.any(Array) },
      previewMatches: [],
      degraded: expect.any(Array),
      ignored: [],
      expiresAt: new Date(world.now() + 600_000).toISOString(),
      canEnroll: true,
    });
    expect(answer.idempotencyKey).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  });

  it('an action that nobody configured gets the tenant default, CHALLENGE', async () => {
    expect(await track(world, { userId: 'ann', action: 'never-seen' })).toMatchObject({ outcome: 'CHALLENGE', policyVersion: 1 });
    expect((await world.policies.current()).actions.get('never-seen')).toBeDefined();
  });
  it('follows the risk model where the default is RECOMMENDED', async () => {
    const answer = await track(world, { userId: 'ann', action: 'recommended' });
    expect(answer).toMatchObject({ decidedBy: 'recommendation', outcome: answer.recommendation.outcome });
  });
  it('an ALLOW says `rba` where risk took part, and nothing where a rule alone decided', async () => {
    await world.configure('by-risk', { defaultUserActionResult: 'BLOCK' }, [
      { type: 'ALLOW', conditions: { '>=': [{ var: 'risk.score' }, 0] } },
    ]);
    const answer = await track(world, { userId: 'ann', action: 'by-risk' });
    expect([answer.state, answer.amr, answer.acr, answer.authTime]).toEqual(['ALLOW', ['rba'], undefined, undefined]);
    expect((await track(world, { userId: 'ann', action: 'allow' })).amr).toBeUndefined();
  });
  it('every matching rule by priority, the first decided', async () => {
    await world.configure('ruled', { defaultUserActionResult: 'BLOCK' }, [
      { ruleId: 'never', type: 'BLOCK', conditions: { '==': [{ var: 'user.isEnrolled' }, false] } },
      { ruleId: 'first', type: 'ALLOW' },
      { ruleId: 'later', type: 'CHALLENGE' },
      { ruleId: 'off', type: 'BLOCK', isActive: false },
    ]);
    const answer = await track(world, { userId: 'ann', action: 'ruled' });
    expect(answer).toMatchObject({ ruleIds: ['first', 'later'], outcome: 'ALLOW', decidedBy: 'rule' });
    expect(await world.stepward.getAction(refOf('ann', answer, 'ruled'))).toMatchObject({
      rules: [
        { ruleId: 'first', name: 'rule 1' },
        { ruleId: 'later', name: 'rule 2' },
      ],
    });
  });
  it('with `reviewStateAlias` REVIEW in place of REVIEW_REQUIRED, here alone', async () => {
    const alias = (on: boolean) =>
      world.policies.change(({ tenant }) => ({
        answer: undefined,
        put: [{ kind: 'tenant', id: 'tenant', body: { ...tenant, reviewStateAlias: on } }],
      }));
    await alias(true);
    const answer = await track(world, { userId: 'ann', action: 'review' });
    await alias(false);
    expect(answer.state).toBe('REVIEW');
    expect(await world.stepward.getAction(refOf('ann', answer, 'review'))).toMatchObject({ state: 'REVIEW_REQUIRED' });
  });

  describe('`context.requestedAcr`', () => {
    it.each(['allow', 'trust'])('unmet lifts %s to CHALLENGE', async (action) => {
      expect(await context({ requestedAcr: ['urn:stepward:aal1'] }, action)).toMatchObject({
        outcome: 'CHALLENGE',
        decidedBy: 'acr',
        state: 'CHALLENGE_REQUIRED',
      });
    });
    it.each([
      ['review', 'REVIEW_REQUIRED'],
      ['block', 'BLOCK'],
    ])('never touches %s', async (action, state) => {
      expect(await context({ requestedAcr: ['phr'] }, action)).toMatchObject({ state, decidedBy: 'default' });
    });
    it('of unknown values alone is none', async () => {
      for (const unknown of ['urn:other:gold', 'constructor', '__proto__'])
        expect(await context({ requestedAcr: [unknown] }, 'allow')).toMatchObject({ state: 'ALLOW', decidedBy: 'default' });
    });
    it('narrows the permitted methods to those that reach one of them', async () => {
      const methods = async (...requestedAcr: string[]) => (await context({ requestedAcr })).allowedVerificationMethods;
      expect(await methods('phr')).toEqual(['PASSKEY', 'SECURITY_KEY']);
      expect(await methods('urn:stepward:aal2')).toEqual(['PASSKEY', 'SECURITY_KEY', 'AUTHENTICATOR_APP', 'RECOVERY_CODE']);
      expect(await methods('http://schemas.openid.net/pape/policies/2007/06/multi-factor')).toEqual([
        'PASSKEY',
        'SECURITY_KEY',
        'AUTHENTICATOR_APP',
        'RECOVERY_CODE',
      ]);
      expect(await methods('phrh')).toEqual([]);
      expect(await methods('phr', 'urn:stepward:aal1')).toEqual([
        'PASSKEY',
        'SECURITY_KEY',
        'AUTHENTICATOR_APP',
        'EMAIL_OTP',
        'EMAIL_MAGIC_LINK',
        'RECOVERY_CODE',
      ]);
    });
    it("the first that the proof meets is the acr, in the caller's order", async () => {
      const browser = createBrowser(world);
      const answer = await context({ requestedAcr: ['phr', 'urn:stepward:aal1', 'urn:stepward:aal2'] });
      await passByEmail(world, browser, answer.url, emailOf('ann'));
      expect(await world.stepward.getAction(refOf('ann', answer, 'challenge'))).toMatchObject({ acr: 'urn:stepward:aal1', amr: ['otp'] });
      world.pass(60_000);
    });
  });

  describe('`context.authenticationMethods`: what opened the login cannot step it up', () => {
    it.each([
      ['email', ['PASSKEY', 'SECURITY_KEY', 'AUTHENTICATOR_APP', 'RECOVERY_CODE']],
      ['app', ['PASSKEY', 'SECURITY_KEY', 'EMAIL_OTP', 'EMAIL_MAGIC_LINK', 'RECOVERY_CODE']],
      ['sms', ['PASSKEY', 'SECURITY_KEY', 'AUTHENTICATOR_APP', 'EMAIL_OTP', 'EMAIL_MAGIC_LINK', 'RECOVERY_CODE']],
    ] as const)('channel %s is not permitted', async (channel, methods) => {
      expect((await context({ authenticationMethods: [{ method: 'otp', channel }] })).allowedVerificationMethods).toEqual(methods);
    });
    it('a vouched mailbox that opened the login enrolls nobody', async () => {
      const answer = await track(world, {
        userId: 'new-by-mail',
        email: emailOf('new-by-mail'),
        emailVerified: true,
        context: { authenticationMethods: [{ method: 'otp', channel: 'email' }] },
      });
      expect(answer).toMatchObject({ state: 'CHALLENGE_REQUIRED', canEnroll: false });
      expect((await createBrowser(world).open(answer.url)).view.page).toBe('no-way');
    });
    it('a password before makes it `mfa`', async () => {
      const browser = createBrowser(world);
      const answer = await context({ authenticationMethods: [{ method: 'pwd' }] });
      await passByEmail(world, browser, answer.url, emailOf('ann'));
      expect(await world.stepward.getAction(refOf('ann', answer, 'challenge'))).toMatchObject({ amr: ['otp', 'mfa'] });
      world.pass(60_000);
    });
  });

  it("`context.challengedBy: host`: all methods or the rule's, no page, enrollment only under `allow`", async () => {
    const host = { challengedBy: 'host' } as const;
    const answer = await context(host);
    expect(answer).toMatchObject({ state: 'CHALLENGE_REQUIRED' });
    expect(answer.allowedVerificationMethods).toContain('PUSH');
    expect((await createBrowser(world).open(answer.url)).view.page).toBe('neutral');
    const vouched = { userId: 'hosted', email: emailOf('hosted'), emailVerified: true, context: host };
    expect(await track(world, vouched)).toMatchObject({ canEnroll: false });
    await world.configure('by-host', { enrollment: 'allow' }, [{ verificationMethods: ['PUSH', 'SMS'] }]);
    expect(await track(world, { ...vouched, action: 'by-host' })).toMatchObject({
      canEnroll: true,
      allowedVerificationMethods: ['SMS', 'PUSH', 'RECOVERY_CODE'],
    });
  });

  describe('`scope`', () => {
    it('known words are in the token, unknown ones are named', async () => {
      const answer = await track(world, { userId: 'ann', scope: 'add:authenticators read:authenticators admin:all add:authenticators' });
      expect(claims(answer.token).scope).toBe('add:authenticators read:authenticators');
      expect(answer.ignored).toEqual([{ attribute: 'scope', reason: 'unknown-word `admin:all`' }]);
    });
  });
  it('a `customDomain` that is not listed is named in `ignored`', async () => {
    expect((await track(world, { userId: 'ann', customDomain: 'evil.example' })).ignored).toEqual([
      { attribute: 'customDomain', reason: 'not-listed' },
    ]);
  });
  it('an undeclared data point takes no part and is named', async () => {
    const answer = await track(world, { userId: 'ann', custom: { amount: 12 } });
    expect(answer.ignored).toEqual([{ attribute: 'custom.amount', reason: expect.any(String) }]);
  });
  it('a `redirectUrl` of a foreign origin is refused', async () => {
    for (const redirectUrl of ['https://evil.example/', 'javascript:alert(1)', '//evil.example', 'http://localhost:3000@evil.example/'])
      expect(await refusalOf(track(world, { userId: 'ann', redirectUrl }))).toEqual({ code: 'redirect_not_allowed' });
  });
  it('`redirectUrl` is not kept in clear', async () => {
    const answer = await track(world, { userId: 'ann', redirectUrl: `${usual.redirectUrl}?state=secret-state` });
    expect(JSON.stringify(await world.store.instance(refOf('ann', answer)))).not.toContain('secret-state');
  });

  describe('`email` and `emailVerified`: the flag belongs to the address', () => {
    it('true vouches, and the address can be proven', async () => {
      const answer = await track(world, { userId: 'eve-1', email: 'Eve@EXAMPLE.org', emailVerified: true });
      expect(answer.canEnroll).toBe(true);
      expect(await world.stepward.getUser('eve-1')).toMatchObject({ email: 'Eve@example.org', emailVerified: true });
    });
    it.each([[false], [undefined]])('%s vouches for nothing', async (emailVerified) => {
      const userId = `eve-${emailVerified}`;
      expect(await track(world, { userId, email: 'eve@example.org', emailVerified })).toMatchObject({ canEnroll: false });
      expect(await world.stepward.getUser(userId)).toMatchObject({ email: 'eve@example.org', emailVerified: false });
    });
    it('the same address without the flag stays vouched', async () => {
      await track(world, { userId: 'eve-2', email: 'eve2@example.org', emailVerified: true });
      await track(world, { userId: 'eve-2', email: 'eve2@example.org' });
      await track(world, { userId: 'eve-2', email: 'eve2@example.org', emailVerified: false });
      expect(await world.stepward.getUser('eve-2')).toMatchObject({ emailVerified: true });
    });
    it('another address without it is stored unvouched, and what is proven is the last vouched one', async () => {
      await track(world, { userId: 'eve-3', email: 'old@example.org', emailVerified: true });
      const answer = await track(world, { userId: 'eve-3', email: 'attacker@example.net' });
      expect(await world.stepward.getUser('eve-3')).toMatchObject({ email: 'attacker@example.net', emailVerified: false });
      const browser = createBrowser(world);
      expect((await browser.open(answer.url)).view).toMatchObject({ page: 'prove-contact', destination: 'o•••@e•••.org' });
      await browser.act(answer.url, { do: 'choose', method: 'EMAIL_OTP' });
      expect(world.mails.at(-1)?.to).toBe('old@example.org');
    });
    it('what is no address is refused and stores nothing', async () => {
      expect(await refusalOf(track(world, { userId: 'eve-4', email: 'no address' }))).toEqual({ code: 'invalid_request' });
      expect(await world.store.user('eve-4')).toBeUndefined();
    });
    it('never changes the address of an authenticator', async () => {
      await track(world, { userId: 'ann', email: 'attacker@example.net', emailVerified: true });
      expect(await world.stepward.getAuthenticators('ann')).toContainEqual(expect.objectContaining({ email: emailOf('ann') }));
      await world.stepward.updateUser('ann', { email: null });
    });
  });

  it('`context.deviceVouched` makes the id a proven device: it serves freshness, which a claimed one never does', async () => {
    await world.configure('vouched', { challengeValidFor: 3600 });
    const request = { userId: 'ann', action: 'vouched', deviceId: 'cookie-of-the-host', context: { deviceVouched: true } };
    await proceed(world, createBrowser(world), request, emailOf('ann'));
    expect(await track(world, request)).toMatchObject({
      state: 'ALLOW',
      outcome: 'CHALLENGE',
      decidedBy: 'freshness',
      acr: 'urn:stepward:aal1',
      authTime: expect.any(String),
    });
    expect(await track(world, { ...request, context: {} })).toMatchObject({ state: 'CHALLENGE_REQUIRED' });
    expect(await track(world, { ...request, deviceId: 'another' })).toMatchObject({ state: 'CHALLENGE_REQUIRED' });
  });

  it('a pipeline that cannot run stores nothing', async () => {
    const before = await world.stepward.queryUserActions('eve-5', { limit: 10 });
    await refusalOf(track(world, { userId: 'eve-5', phoneNumber: 'none' }));
    expect(await world.stepward.queryUserActions('eve-5', { limit: 10 })).toEqual(before);
  });
});
