import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Outcome, Rule, TrackRequest } from '../../core/index.ts';
import { createBrowser, createWorld, type World } from '../support/stepward.ts';
import { browserElsewhere, emailOf, enrolledByEmail, passByEmail, refOf, refusalOf, secondNode } from '../support/use-cases.ts';

const v = (name: string) => ({ var: name });
/** What only the browser can tell: a track without an address leaves it unknown. */
const fromOffice = { ipIn: [v('ip.address'), ['203.0.113.0/24']] };
const elsewhere = { ipIn: [v('ip.address'), ['198.51.100.0/24']] };
const binding = 'login-session';

describe('deferSignals: the page decides for a host that cannot see the browser', () => {
  let world: World;
  let userId: string;
  let action: string;
  let count = 0;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.end());
  beforeEach(async () => {
    world.pass(86_400_000);
    count += 1;
    userId = `user-${count}`;
    action = `action-${count}`;
    await enrolledByEmail(world, userId);
  });

  const configure = (settings: Record<string, unknown>, rules: readonly (Partial<Rule> & { readonly conditions?: unknown })[] = []) =>
    world.configure(action, settings, rules);
  /** As a host tracks that sees neither address nor agent nor device. */
  const defer = async (more: Partial<TrackRequest> = {}) => {
    const { context, ...rest } = more;
    const request = { userId, action, binding, redirectUrl: 'http://localhost:3000/back', ...rest };
    return (await world.stepward.track({ ...request, context: { deferSignals: true, ...context } })).answer;
  };
  const ref = (answer: { readonly idempotencyKey: string }) => refOf(userId, answer, action);
  const stored = async (answer: { readonly idempotencyKey: string }) => {
    const found = await world.store.instance(ref(answer));
    if (!found) throw new Error('no instance');
    return found;
  };
  const stateOf = async (answer: { readonly idempotencyKey: string }) => (await world.stepward.getAction(ref(answer))).state;
  const secondOf = async (answer: { readonly idempotencyKey: string }) =>
    (await world.stepward.explain(ref(answer))).deferredDecision as
      | { readonly outcome: Outcome; readonly decidedBy: string; readonly signals: Record<string, { readonly value?: unknown }> }
      | undefined;

  it('a list of actions tells an ALLOW of the page, which counts once consumed, from one of the host', async () => {
    await configure({ defaultUserActionResult: 'ALLOW' });
    const line = async () => (await world.stepward.queryUserActions(userId, { limit: 1 }))[0];
    await world.stepward.track({ userId, action, binding });
    expect(await line()).toMatchObject({ state: 'ALLOW', decidedOnPage: undefined });
    const { url } = await defer();
    expect(await line()).toMatchObject({ state: 'CHALLENGE_REQUIRED', decidedOnPage: undefined });
    await createBrowser(world).open(url);
    expect(await line()).toMatchObject({ state: 'ALLOW', decidedOnPage: true, consumedAt: undefined });
  });

  it('needs a binding', async () => {
    expect(await refusalOf(world.stepward.track({ userId, action, context: { deferSignals: true } }))).toEqual({ code: 'invalid_request' });
  });

  describe('the first state is ALLOW only by a rule that no browser could have changed', () => {
    const mine = { '==': [v('user.isEnrolled'), true] };
    const allow = { type: 'ALLOW', conditions: mine } as const;
    it.each<[string, string, readonly (Partial<Rule> & { readonly conditions?: unknown })[], string]>([
      ['by default', 'ALLOW', [], 'CHALLENGE_REQUIRED'],
      ['by default TRUST', 'TRUST', [], 'CHALLENGE_REQUIRED'],
      ['by risk', 'RECOMMENDED', [], 'CHALLENGE_REQUIRED'],
      ['by a rule that knows all it reads', 'BLOCK', [allow], 'ALLOW'],
      ['by such a rule TRUST', 'BLOCK', [{ ...allow, type: 'TRUST' }], 'ALLOW'],
      ['by a rule behind one that is unknown', 'BLOCK', [{ type: 'BLOCK', conditions: elsewhere }, allow], 'CHALLENGE_REQUIRED'],
      ['by a rule before one that is unknown', 'BLOCK', [allow, { type: 'BLOCK', conditions: elsewhere }], 'ALLOW'],
      ['beside a preview that is unknown', 'BLOCK', [{ type: 'BLOCK', mode: 'preview', conditions: elsewhere }, allow], 'ALLOW'],
      ['by a rule on the risk', 'BLOCK', [{ type: 'ALLOW', conditions: { '<': [v('risk.score'), 101] } }], 'CHALLENGE_REQUIRED'],
      [
        'by a rule behind one on the risk',
        'BLOCK',
        [{ type: 'BLOCK', conditions: { '==': [v('risk.level'), 'high'] } }, allow],
        'CHALLENGE_REQUIRED',
      ],
      ['CHALLENGE', 'CHALLENGE', [], 'CHALLENGE_REQUIRED'],
      ['REVIEW comes first', 'REVIEW', [], 'REVIEW_REQUIRED'],
      ['BLOCK comes first', 'BLOCK', [], 'BLOCK'],
    ])('%s', async (_, defaultUserActionResult, rules, state) => {
      await configure({ defaultUserActionResult }, rules);
      const answer = await defer();
      expect(answer.state).toBe(state);
      expect((await stored(answer)).learnt).toBeUndefined();
    });

    it('not by a requested acr, a proof on a vouched device or a challenge handed over', async () => {
      await configure({ defaultUserActionResult: 'CHALLENGE', challengeValidFor: 86_400 });
      const vouched = { deviceId: '0b6f0f9e-5c1e-4b62-9a2b-3b7b6f1d2a11', context: { deviceVouched: true } };
      const first = (await world.stepward.track({ userId, action, binding, ...vouched })).answer;
      await passByEmail(world, createBrowser(world), first.url, emailOf(userId));
      const { challengeId } = await world.stepward.challenge({ userId, action, email: emailOf(userId) }).catch(() => ({ challengeId: '' }));
      expect((await defer({ ...vouched, challengeId })).state).toBe('CHALLENGE_REQUIRED');
    });
  });

  describe('the page decides over its browser', () => {
    const decidesAs = (type: Outcome) => configure({ defaultUserActionResult: 'CHALLENGE' }, [{ type, conditions: fromOffice }]);

    it.each<[Outcome, string, string]>([
      ['ALLOW', 'leave', 'ALLOW'],
      ['TRUST', 'leave', 'ALLOW'],
      ['CHALLENGE', 'choose', 'CHALLENGE_REQUIRED'],
      ['REVIEW', 'review', 'REVIEW_REQUIRED'],
      ['BLOCK', 'blocked', 'BLOCK'],
    ])('%s: the page is `%s`, the state %s', async (outcome, page, state) => {
      await decidesAs(outcome);
      const answer = await defer();
      expect(answer).toMatchObject({ state: 'CHALLENGE_REQUIRED', outcome: 'CHALLENGE', decidedBy: 'default' });
      expect((await createBrowser(world).open(answer.url)).view.page).toBe(page);
      expect(await world.stepward.getAction(ref(answer))).toMatchObject({ state, outcome, rules: [{ ruleId: 'r-0' }] });
      expect(await world.stepward.explain(ref(answer))).toMatchObject({
        decision: { outcome: 'CHALLENGE', decidedBy: 'default' },
        deferredDecision: { outcome, decidedBy: 'rule', ruleId: 'r-0', signals: { 'ip.address': { value: '203.0.113.9' } } },
      });
      const { sealedRequest, proof } = await stored(answer);
      expect([sealedRequest, proof]).toEqual([undefined, undefined]);
      expect(world.observed.findLast(({ type }) => type === 'redecision')).toMatchObject({ action, first: 'CHALLENGE', outcome });
    });

    it('once: later, elsewhere, by HEAD and by prefetch nothing is decided again', async () => {
      await configure({ defaultUserActionResult: 'CHALLENGE' }, [
        { type: 'ALLOW', conditions: fromOffice },
        { type: 'BLOCK', conditions: elsewhere },
      ]);
      const [answer, untouched] = [await defer(), await defer()];
      const own = createBrowser(world);
      expect((await own.peek(untouched.url)).view.page).toBe('neutral');
      expect(await secondOf(untouched)).toBeUndefined();
      await own.open(answer.url);
      const second = await secondOf(answer);
      expect((await browserElsewhere(world).open(answer.url)).view.page).toBe('neutral');
      expect((await own.open(answer.url, { ipAddress: '198.51.100.77' })).view.page).toBe('leave');
      expect(await secondOf(answer)).toEqual(second);
      expect(await stateOf(answer)).toBe('ALLOW');
    });

    it('once on two nodes at one moment, for one of the browsers', async () => {
      await configure({ defaultUserActionResult: 'CHALLENGE' }, [
        { type: 'ALLOW', conditions: fromOffice },
        { type: 'BLOCK', conditions: elsewhere },
      ]);
      const node = await secondNode(world);
      const seen = world.observed.length;
      for (let round = 0; round < 5; round++) {
        const answer = await defer();
        const pages = await Promise.all([
          createBrowser(world).open(answer.url),
          createBrowser(node, { ipAddress: '198.51.100.77' }).open(answer.url),
          createBrowser(world, { ipAddress: '198.51.100.77' }).open(answer.url),
          createBrowser(node).open(answer.url),
        ]);
        const shown = pages.map(({ view }) => view.page).filter((page) => page !== 'neutral');
        expect(shown).toEqual([(await stateOf(answer)) === 'ALLOW' ? 'leave' : 'blocked']);
        const { timeline } = await stored(answer);
        expect(timeline.filter(({ event }) => event === 'decided-again')).toHaveLength(1);
      }
      expect(world.observed.slice(seen).filter(({ type }) => type === 'redecision').length).toBeLessThanOrEqual(5);
      await node.close();
    });

    it('by the policy in force then', async () => {
      await decidesAs('ALLOW');
      const answer = await defer();
      await decidesAs('BLOCK');
      expect((await createBrowser(world).open(answer.url)).view.page).toBe('blocked');
      const { decision, deferredDecision } = await stored(answer);
      expect((deferredDecision?.policyVersion ?? 0) - decision.policyVersion).toBe(1);
    });

    it('over the same request: data points, roles, clients and what is approved', async () => {
      await configure({ defaultUserActionResult: 'BLOCK' }, [
        {
          type: 'REVIEW',
          conditions: { and: [fromOffice, { hasAny: [v('request.roles'), ['admin']] }, { '==': [v('request.clientId'), 'crm'] }] },
        },
        { type: 'CHALLENGE' },
      ]);
      const answer = await defer({ context: { roles: ['admin'], clientId: 'crm' }, email: emailOf(userId) });
      expect((await createBrowser(world).open(answer.url)).view.page).toBe('review');
    });

    it('a requested acr lifts ALLOW to a challenge', async () => {
      await decidesAs('ALLOW');
      const answer = await defer({ context: { requestedAcr: ['urn:stepward:aal1'] } });
      expect((await createBrowser(world).open(answer.url)).view.page).toBe('choose');
      expect(await stored(answer)).toMatchObject({
        state: 'CHALLENGE_REQUIRED',
        outcome: 'CHALLENGE',
        deferredDecision: { decidedBy: 'acr' },
      });
    });

    it('too late: nothing is decided, the time is over', async () => {
      await decidesAs('ALLOW');
      const answer = await defer();
      world.pass(600_000);
      expect((await createBrowser(world).open(answer.url)).view.page).toBe('expired');
      expect(await secondOf(answer)).toBeUndefined();
      expect(await stateOf(answer)).toBe('CHALLENGE_FAILED');
    });

    it('a challenge goes on as any other', async () => {
      await decidesAs('CHALLENGE');
      const answer = await defer();
      const own = createBrowser(world);
      await passByEmail(world, own, answer.url, emailOf(userId));
      const ticket = (await own.leave(answer.url))?.target?.ticket;
      expect(await world.stepward.consume(ref(answer), { binding, ticket })).toMatchObject({
        state: 'CHALLENGE_SUCCEEDED',
        acr: expect.anything(),
      });
    });

    it('a device that gave a fresh proof meets a challenge, as on any first opening', async () => {
      await configure({ defaultUserActionResult: 'CHALLENGE', challengeValidFor: 86_400 });
      const own = createBrowser(world);
      const first = await defer();
      await passByEmail(world, own, first.url, emailOf(userId));
      await world.stepward.consume(ref(first), { binding, ticket: (await own.leave(first.url))?.target?.ticket });
      const answer = await defer();
      expect((await own.open(answer.url)).view.page).toBe('leave');
      expect(await stored(answer)).toMatchObject({ state: 'CHALLENGE_SUCCEEDED', outcome: 'CHALLENGE', proof: { method: 'DEVICE' } });
    });
  });

  describe('an ALLOW of the page', () => {
    beforeEach(() => configure({ defaultUserActionResult: 'CHALLENGE', enrollment: 'allow' }, [{ type: 'ALLOW', conditions: fromOffice }]));
    const letThrough = async (more: Partial<TrackRequest> = {}, own = createBrowser(world)) => {
      const answer = await defer(more);
      await own.open(answer.url);
      const target = (await own.leave(answer.url))?.target;
      return { answer, own, target, ticket: target?.ticket ?? '' };
    };

    it('is used once, by its binding and its ticket together', async () => {
      const { answer, target, ticket, own } = await letThrough();
      expect(target?.token).toBeUndefined();
      expect(ticket).toMatch(/^[\w-]{22}$/);
      for (const [given, code] of [
        [{}, 'binding_mismatch'],
        [{ ticket }, 'binding_mismatch'],
        [{ binding }, 'ticket_mismatch'],
        [{ binding, ticket: 'A'.repeat(22) }, 'ticket_mismatch'],
        [{ binding, ticket: (await letThrough()).ticket }, 'ticket_mismatch'],
        [{ binding, token: answer.token }, 'ticket_mismatch'],
        [{ binding, ticket, requiredAcr: ['urn:stepward:aal1'] }, 'assurance_unmet'],
        [{ binding, ticket, maxAge: 60 }, 'assurance_unmet'],
      ] as const)
        expect(await refusalOf(world.stepward.consume(ref(answer), given))).toEqual({ code, state: 'ALLOW' });
      const consumed = await world.stepward.consume(ref(answer), { binding, ticket, consumeKey: 'k' });
      expect(consumed).toMatchObject({ consumed: true, state: 'ALLOW' });
      expect([consumed.acr, consumed.amr, consumed.verificationMethod]).toEqual([undefined, undefined, undefined]);
      expect(await world.stepward.consume(ref(answer), { binding, ticket, consumeKey: 'k' })).toEqual(consumed);
      expect(await refusalOf(world.stepward.consume(ref(answer), { binding, ticket }))).toMatchObject({ code: 'already_consumed' });
      expect((await own.leave(answer.url))?.target?.ticket).toBe(ticket);
    });

    it('lives from the opening, as long as any result', async () => {
      const answer = await defer();
      world.pass(500_000);
      const own = createBrowser(world);
      await own.open(answer.url);
      world.pass(299_000);
      const ticket = (await own.leave(answer.url))?.target?.ticket;
      expect(ticket).toBeDefined();
      world.pass(1000);
      expect(await refusalOf(world.stepward.consume(ref(answer), { binding, ticket }))).toMatchObject({ code: 'challenge_expired' });
      expect((await own.leave(answer.url))?.target?.ticket).toBeUndefined();
    });

    it('a forwarded link: the victim whose browser opened it keeps what the sender needs', async () => {
      const { answer, ticket } = await letThrough();
      expect(ticket).not.toBe('');
      expect((await browserElsewhere(world).leave(answer.url))?.target).toBeUndefined();
      expect(await refusalOf(world.stepward.consume(ref(answer), { binding }))).toMatchObject({ code: 'ticket_mismatch' });
    });

    it('no token proves it', async () => {
      const { answer } = await letThrough();
      expect(await world.stepward.validate({ token: answer.token })).toMatchObject({ isValid: false, state: 'ALLOW' });
    });

    it('enrolls nobody and opens no settings, whatever was asked for', async () => {
      userId = `newcomer-${count}`;
      await world.stepward.updateUser(userId, { email: emailOf(userId), emailVerified: true });
      const answer = await defer({ scope: 'add:authenticators', redirectToSettings: true });
      const own = createBrowser(world, { forceEnrollment: true });
      expect((await own.open(answer.url)).view.page).toBe('leave');
      for (const method of ['PASSKEY', 'AUTHENTICATOR_APP', 'EMAIL_OTP'] as const) {
        await own.act(answer.url, { do: 'choose', method }).catch(() => undefined);
        await own.act(answer.url, { do: 'enroll', method }).catch(() => undefined);
      }
      expect((await stored(answer)).ceremonies).toEqual([]);
      expect(await world.stepward.getUser(userId)).toMatchObject({ isEnrolled: false });
    });

    it('through the client API nothing is sent, proven or enrolled, neither before the page was opened nor after', async () => {
      const answer = await defer({ scope: 'add:authenticators' });
      const { client } = world.stepward;
      const caller = await client.authenticate(answer.token, {});
      const calls = [
        () => client.sendEmail(caller, 'EMAIL_OTP'),
        () => client.enrollApp(caller),
        () => client.enrollEmail(caller, 'EMAIL_OTP', 'other@example.org'),
        () => client.registrationOptions(caller, 'PASSKEY', {}),
        () => client.authenticationOptions(caller, 'PASSKEY', {}),
        () => client.verifyCode(caller, 'AUTHENTICATOR_APP', '000000').then((said) => said.isVerified && said),
      ];
      const seen = world.mails.length;
      const attempt = async () => {
        for (const call of calls) expect(await call().catch(({ code }) => code)).toBe('access_denied');
      };
      await attempt();
      await createBrowser(world).open(answer.url);
      expect(await stateOf(answer)).toBe('ALLOW');
      await attempt();
      expect([(await stored(answer)).ceremonies, world.mails.length]).toEqual([[], seen]);
    });

    it('teaches nothing until it is used, then the browser that was let through', async () => {
      const own = createBrowser(world);
      const first = await letThrough({}, own);
      const before = await world.store.user(userId);
      expect([before?.history.successes, before?.devices]).toEqual([0, []]);
      await world.stepward.consume(ref(first.answer), { binding, ticket: first.ticket });
      const after = await world.store.user(userId);
      expect(Object.keys(after?.history.addresses ?? {})).toEqual(['203.0.113.9']);
      expect(after?.devices).toMatchObject([{ browserFamily: 'Chrome', firstSuccessAt: world.now() }]);
      expect([after?.hasPreviouslyVerified, after?.devices[0]?.proofs]).toEqual([false, []]);
      const { signals = {} } = (await secondOf((await letThrough({}, own)).answer)) ?? {};
      expect([signals['device.isNew'], signals['device.isProven']]).toEqual([{ value: false }, { value: true }]);
      const stranger = (await secondOf((await letThrough()).answer))?.signals ?? {};
      expect([stranger['device.isNew'], stranger['device.isProven']]).toEqual([{ value: true }, { value: false }]);
    });

    it('is raised to a review and approved: still for that browser alone', async () => {
      const { answer, own, ticket } = await letThrough();
      await world.stepward.updateAction(ref(answer), { state: 'REVIEW_REQUIRED' });
      await world.stepward.updateAction(ref(answer), { state: 'REVIEW_SUCCEEDED' });
      expect(await refusalOf(world.stepward.consume(ref(answer), { binding }))).toMatchObject({ code: 'ticket_mismatch' });
      expect((await own.leave(answer.url))?.target?.ticket).toBe(ticket);
      expect(await world.stepward.consume(ref(answer), { binding, ticket })).toMatchObject({ state: 'REVIEW_SUCCEEDED' });
    });
  });

  it('an action counts once, and for the address that opened the page', async () => {
    await configure({ defaultUserActionResult: 'CHALLENGE', recordSignals: ['velocity.user1h', 'velocity.ip1h'] });
    const counted = async (ipAddress: string, more: Partial<TrackRequest> = {}) => {
      const answer = await defer(more);
      await createBrowser(world, { ipAddress }).open(answer.url);
      const { signals = {} } = (await secondOf(answer)) ?? {};
      return [signals['velocity.user1h']?.value, signals['velocity.ip1h']?.value];
    };
    expect(await counted('192.0.2.1')).toEqual([1, 1]);
    expect(await counted('192.0.2.1')).toEqual([2, 2]);
    expect(await counted('192.0.2.1', { ipAddress: '192.0.2.1' })).toEqual([3, 3]);
    expect(await counted('192.0.2.2', { ipAddress: '192.0.2.1' })).toEqual([4, 1]);
    expect(await counted('192.0.2.1')).toEqual([5, 5]);
  });

  it('a review that a person approved meets the next one of the same browser, and only there', async () => {
    await configure({ defaultUserActionResult: 'CHALLENGE' }, [{ type: 'REVIEW', conditions: fromOffice }]);
    const held = await defer();
    await createBrowser(world).open(held.url);
    await world.stepward.updateAction(ref(held), { state: 'REVIEW_SUCCEEDED', reviewer: 'op' });
    const other = await defer();
    const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
    expect((await createBrowser(world, { userAgent: firefox }).open(other.url)).view.page).toBe('review');
    const answer = await defer();
    const own = createBrowser(world);
    expect((await own.open(answer.url)).view.page).toBe('leave');
    expect(await stored(answer)).toMatchObject({ state: 'ALLOW', outcome: 'REVIEW', deferredDecision: { decidedBy: 'review' } });
    expect(await refusalOf(world.stepward.consume(ref(held), { binding }))).toMatchObject({ code: 'already_consumed' });
    const ticket = (await own.leave(answer.url))?.target?.ticket;
    expect(await world.stepward.consume(ref(answer), { binding, ticket })).toMatchObject({ state: 'ALLOW' });
  });

  it('a replay shows the first answer, whatever the page decided', async () => {
    await configure({ defaultUserActionResult: 'CHALLENGE' }, [{ type: 'ALLOW', conditions: fromOffice }]);
    const first = await defer({ idempotencyKey: 'once' });
    await createBrowser(world).open(first.url);
    expect(await stateOf(first)).toBe('ALLOW');
    expect(await defer({ idempotencyKey: 'once' })).toMatchObject({ state: 'CHALLENGE_REQUIRED', outcome: 'CHALLENGE', url: first.url });
  });
});
