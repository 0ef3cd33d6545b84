import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Served, startServed } from '../support/served.ts';
import { createBrowser } from '../support/stepward.ts';
import { ceremonyOf } from '../support/use-cases.ts';
import type { ActionEvent, Sandbox } from './sandbox/index.ts';
import { effectOf, set, startAction } from './support/action.ts';
import { inTransaction, login, situations } from './support/events.ts';
import { type Begun, begin, comeBack, returnToken } from './support/return-token.ts';

let served: Served;
let action: Sandbox;
beforeAll(async () => {
  served = await startServed({ STEPWARD_REDIRECT_ORIGINS: 'https://login.tenant.example' });
  for (const [code, defaultUserActionResult] of [
    ['signIn', 'CHALLENGE'],
    ['tokenRefresh', 'ALLOW'],
    ['open', 'ALLOW'],
    ['held', 'REVIEW'],
    ['shut', 'BLOCK'],
  ] as const)
    await served.configure(code, { defaultUserActionResult });
  // a server answers slower while other tests run
  action = await startAction(served.url, { set: { STEPWARD_TIMEOUT_MS: '8000' } });
});
afterAll(() => served.end());

let made = 0;
const enrolled = async (): Promise<ActionEvent> => {
  const userId = `auth0|${++made}`;
  const email = `user${made}@example.org`;
  await served.api.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email });
  served.pass(60_000);
  const event = login(userId);
  return { ...event, user: { ...event.user, email } };
};
const doing = (event: ActionEvent, code: string) => set(event, { STEPWARD_ACTION: code });

/** Passes the page in a browser and answers the ticket with which it leaves. */
const pass = async ({ effects, event }: Begun): Promise<string | undefined> => {
  const browser = createBrowser(served.composed);
  const url = effects.redirectedTo ?? '';
  const seen = served.mails.length;
  await browser.open(url);
  const { challengeId } = ceremonyOf(await browser.act(url, { do: 'choose', method: 'EMAIL_OTP' }));
  const response = await served.codeTo(String(event.user.email), seen);
  const answered = await browser.act(url, { do: 'answer', challengeId, response, remember: false });
  if (answered.view.page === 'recovery-codes') await browser.act(url, { do: 'codes-saved' });
  served.pass(60_000);
  return (await browser.leave(url))?.target?.ticket;
};
const withTicket = (begun: Begun, ticket: string | undefined) => returnToken(begun, { claims: { ticket } });
const instances = (event: ActionEvent) => served.api.queryUserActions(event.user.user_id, { limit: 10 });

describe('with a server of Stepward', () => {
  it('an allowed login goes on', async () => {
    const event = await enrolled();
    const effects = await action.execute(doing(event, 'open'));
    expect(effectOf(effects)).toBe('proceed');
    expect(effects.idTokenClaims).toMatchObject({ 'https://app.example/stepward/decision': { state: 'ALLOW', degraded: false } });
    expect(await instances(event)).toHaveLength(1);
  });

  it('a challenge that was passed in this browser lets this login in, once', async () => {
    const begun = await begin(action, await enrolled());
    const token = withTicket(begun, await pass(begun));
    const effects = await comeBack(action, begun, token);
    expect(effectOf(effects)).toBe('proceed');
    expect(effects.idTokenClaims).toMatchObject({
      'https://app.example/stepward/amr': expect.arrayContaining(['otp']),
      'https://app.example/stepward/decision': { state: 'CHALLENGE_SUCCEEDED', degraded: false },
    });
    expect(effectOf(await comeBack(action, begun, token))).toBe('deny step_up_failed');
  });

  it('of two that come back at once, one gets in', async () => {
    const begun = await begin(action, await enrolled());
    const token = withTicket(begun, await pass(begun));
    const both = await Promise.all([comeBack(action, begun, token), comeBack(action, begun, token)]);
    expect(both.map(effectOf).sort()).toEqual(['deny step_up_failed', 'proceed']);
  });

  it('without its ticket, with that of another, or in another login nobody gets in; then its own still does', async () => {
    const [event, other] = [await enrolled(), await enrolled()];
    const begun = await begin(action, event);
    const theirs = await begin(action, other);
    const [ticket, theirTicket] = [await pass(begun), await pass(theirs)];
    expect(ticket).toEqual(expect.any(String));
    expect(effectOf(await comeBack(action, begun, withTicket(begun, undefined)))).toBe('deny step_up_failed');
    expect(effectOf(await comeBack(action, begun, withTicket(begun, theirTicket)))).toBe('deny step_up_failed');
    const elsewhere = { ...begun, event: inTransaction(begun.event, { id: 'another-transaction' }) };
    expect(effectOf(await comeBack(action, elsewhere, withTicket(begun, ticket)))).toBe('deny step_up_failed');
    const nonce = { ...begun.effects.metadata, stepward_nonce: String(theirs.effects.metadata.stepward_nonce) };
    const crossed = { ...begun, event: inTransaction(begun.event, { metadata: nonce }) };
    expect(effectOf(await comeBack(action, crossed, withTicket(begun, ticket)))).toBe('deny step_up_failed');
    expect(effectOf(await comeBack(action, begun, withTicket(begun, ticket)))).toBe('proceed');
  });

  it('two logins of one user side by side: each goes on by its own challenge only', async () => {
    const event = await enrolled();
    const one = await begin(action, event);
    const two = await begin(action, inTransaction(event, { id: 'second-tab' }));
    const [first, second] = [await pass(one), await pass(two)];
    const crossed = returnToken(one, { claims: { ticket: first, state: two.effects.state } });
    expect(effectOf(await comeBack(action, two, crossed))).toBe('deny step_up_failed');
    expect(effectOf(await comeBack(action, two, withTicket(two, first)))).toBe('deny step_up_failed');
    expect(effectOf(await comeBack(action, two, withTicket(two, second)))).toBe('proceed');
    expect(effectOf(await comeBack(action, one, withTicket(one, first)))).toBe('proceed');
  });

  it('a challenge that is not finished, or has lapsed, lets nobody in', async () => {
    const begun = await begin(action, await enrolled());
    expect(effectOf(await comeBack(action, begun, withTicket(begun, undefined)))).toBe('deny step_up_failed');
    const late = await begin(action, await enrolled());
    const ticket = await pass(late);
    served.pass(3_600_000);
    expect(effectOf(await comeBack(action, late, withTicket(late, ticket)))).toBe('deny step_up_failed');
  });

  it('who was denied and comes back by prompt=none is denied again, every time', async () => {
    const event = await enrolled();
    const begun = await begin(action, event);
    await comeBack(action, begun, withTicket(begun, undefined));
    for (let n = 0; n < 3; n++)
      expect(effectOf(await action.execute(situations['prompt=none']?.(event) ?? event))).toBe('deny interaction_required');
  });

  it('a review that was approved lets the next login in, once', async () => {
    const event = doing(await enrolled(), 'held');
    const { denied } = await action.execute(event);
    const [, idempotencyKey = ''] = /^under_review ([0-9a-f-]{36})$/.exec(denied ?? '') ?? [];
    const ref = { userId: event.user.user_id, action: 'held', idempotencyKey };
    await served.api.updateAction(ref, { state: 'REVIEW_SUCCEEDED', reviewer: 'ops' });
    served.pass(60_000);
    expect(effectOf(await action.execute(event))).toBe('proceed');
    expect(effectOf(await action.execute(event))).toBe('deny under_review <ref>');
  });

  it('a user without a factor who is blocked or under review is denied, and has none afterwards', async () => {
    for (const [code, effect] of [
      ['shut', 'deny access_denied'],
      ['held', 'deny under_review <ref>'],
    ] as const) {
      const event = login(`auth0|bare-${code}`);
      expect(effectOf(await action.execute(doing({ ...event, user: { ...event.user, enrolledFactors: [] } }, code)))).toBe(effect);
      expect(await served.api.getUser(event.user.user_id)).toMatchObject({ isEnrolled: false });
    }
  });

  it('each user id comes to its own user', async () => {
    const ids = ['auth0|a b', 'auth0|a/b', 'auth0|a?b#c', 'auth0|é😀', 'auth0|%2e%2e'];
    for (const userId of ids) expect(effectOf(await action.execute(doing(login(userId), 'open')))).toBe('proceed');
    for (const userId of ids) expect(await served.api.queryUserActions(userId, { limit: 10 })).toHaveLength(1);
  });

  it('in native mode the core says what may be asked for, and enrolls nobody itself', async () => {
    const native = (event: ActionEvent) => set(event, { STEPWARD_MODE: 'native' });
    expect(effectOf(await action.execute(native(await enrolled())))).toBe('challenge otp');
    const bare = login('auth0|native');
    expect(effectOf(await action.execute(native({ ...bare, user: { ...bare.user, enrolledFactors: [] } })))).toBe('deny step_up_no_factor');
    await served.configure('signIn', { enrollment: 'allow' });
    const types = 'otp phone push-notification webauthn-platform webauthn-roaming';
    const willing = native({ ...bare, user: { ...bare.user, enrolledFactors: [] } });
    const effect = effectOf(await action.execute(willing));
    expect(effect.split(' ').slice(1).sort()).toEqual(types.split(' ').sort());
    await served.configure('signIn', { enrollment: 'deny' });
    expect(effectOf(await action.execute(native(await enrolled())))).toBe('challenge otp');
    const { user, ...rest } = await enrolled();
    expect(effectOf(await action.execute(native({ ...rest, user: { ...user, enrolledFactors: [] } })))).toBe('deny step_up_no_factor');
    await served.configure('signIn', { enrollment: 'verified-contact' });
  });

  it('an answer that is lost on the way is asked for again: one instance, one decision', async () => {
    const event = await enrolled();
    let answered = 0;
    const proxy = createServer(async (request, response) => {
      const parts: Uint8Array[] = [];
      for await (const part of request) parts.push(part);
      const { authorization = '' } = request.headers;
      const headers = { authorization, 'content-type': 'application/json' };
      const answer = await fetch(served.url + request.url, { method: 'POST', headers, body: Buffer.concat(parts) });
      const body = await answer.text();
      if (++answered === 1) return void response.socket?.destroy();
      return void response.writeHead(answer.status, { 'content-type': 'application/json' }).end(body);
    });
    await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const configuration = { STEPWARD_URL: url, STEPWARD_PAGES_ORIGIN: served.url };
    const begun = await begin(action, set(event, configuration));
    expect([answered, (await instances(event)).length]).toEqual([2, 1]);
    expect((await instances(event))[0]).toMatchObject({ idempotencyKey: begun.instance, state: 'CHALLENGE_REQUIRED' });
    const ticket = await pass(begun);
    answered = 0;
    expect(effectOf(await comeBack(action, begun, withTicket(begun, ticket)))).toBe('proceed');
    expect(answered).toBe(2);
    await new Promise((done) => proxy.close(done));
  });

  it('a server that stops and starts again', async () => {
    const event = await enrolled();
    const begun = await begin(action, event);
    const ticket = await pass(begun);
    await served.stop();
    for (const [policy, effect] of [
      ['deny', 'deny step_up_unavailable'],
      ['allow', 'proceed, degraded'],
      ['fallback', 'challenge otp, degraded'],
    ] as const) {
      expect(effectOf(await action.execute(set(event, { STEPWARD_FAILURE_POLICY: policy })))).toBe(effect);
      const back = { ...begun, event: set(begun.event, { STEPWARD_FAILURE_POLICY: policy }) };
      expect(effectOf(await comeBack(action, back, withTicket(begun, ticket)))).toBe('deny step_up_unavailable');
    }
    await served.restart();
    expect(effectOf(await comeBack(action, begun, withTicket(begun, ticket)))).toBe('proceed');
    // the next login tells how many went without it
    await action.execute(event);
    const metrics = await (
      await fetch(`${served.url}/metrics`, { headers: { authorization: `Basic ${btoa('sk_test_0000000000000000:')}` } })
    ).text();
    expect(metrics).toMatch(/stepward_undecided_total\{adapter="auth0",result="proceeded"\} 2/);
    expect(metrics).toMatch(/stepward_undecided_total\{adapter="auth0",result="refused"\} 1/);
  });
});
