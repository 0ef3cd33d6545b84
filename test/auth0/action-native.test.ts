import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decided, type FakeCore, startFakeCore } from '../support/fake-core.ts';
import type { ActionEvent, Effects, Sandbox } from './sandbox/index.ts';
import { effectOf, startAction } from './support/action.ts';
import { login, situations } from './support/events.ts';

const all = ['AUTHENTICATOR_APP', 'SMS', 'PUSH', 'PASSKEY', 'SECURITY_KEY', 'EMAIL_OTP', 'RECOVERY_CODE', 'WHATSAPP', 'QR_CODE'];
const owed = (allowedVerificationMethods: readonly string[], more: Readonly<Record<string, unknown>> = {}) =>
  decided('CHALLENGE_REQUIRED', { allowedVerificationMethods, isEnrolled: false, canEnroll: false, ...more });

describe('native mode', () => {
  let core: FakeCore;
  let action: Sandbox;
  beforeAll(async () => {
    core = await startFakeCore({
      any: owed(all),
      otp: owed(['AUTHENTICATOR_APP']),
      passkey: owed(['PASSKEY']),
      recovery: owed(['SMS', 'RECOVERY_CODE']),
      email: owed(['EMAIL_OTP']),
      none: owed(['WHATSAPP', 'QR_CODE', 'EMAIL_MAGIC_LINK', 'constructor']),
      enroll: owed(all, { canEnroll: true }),
      enrollEmail: owed(['EMAIL_OTP', 'RECOVERY_CODE'], { canEnroll: true }),
      enrolledHere: owed(all, { canEnroll: true, isEnrolled: true }),
    });
    // without a redirect secret, which it has no use for
    action = await startAction(core.origin, { set: { STEPWARD_MODE: 'native', STEPWARD_REDIRECT_SECRET: '' } });
  });
  afterAll(() => core.close());

  const withFactors = (play: string, ...types: readonly unknown[]): ActionEvent => {
    const event = login(`auth0|${play}`);
    return { ...event, user: { ...event.user, enrolledFactors: types.map((type) => ({ type })) } };
  };
  const calls = (effects: Effects): readonly string[] => effects.calls.filter((call) => call.startsWith('authentication.'));

  it.each<[string, string, readonly string[], string, string]>([
    ['one that is both permitted and enrolled', 'otp', ['otp', 'phone'], 'challenge otp', 'challengeWith'],
    ['several', 'any', ['phone', 'otp'], 'challenge otp phone', 'challengeWithAny'],
    [
      'a passkey is either kind',
      'passkey',
      ['webauthn-platform', 'webauthn-roaming'],
      'challenge webauthn-platform webauthn-roaming',
      'challengeWithAny',
    ],
    ['an address, where it is permitted', 'email', ['email'], 'challenge email', 'challengeWith'],
    ['a recovery code beside a factor', 'recovery', ['recovery-code', 'phone'], 'challenge phone recovery-code', 'challengeWithAny'],
  ])('asks for %s', async (_, play, factors, effect, call) => {
    const effects = await action.execute(withFactors(play, ...factors));
    expect([effectOf(effects), calls(effects)]).toEqual([effect, [`authentication.${call}`]]);
    expect(effects.console).toMatch(/^stepward handed-to-host /);
  });

  it.each<[string, string, readonly unknown[]]>([
    ['nothing is enrolled', 'any', []],
    ['nothing enrolled is permitted', 'otp', ['phone']],
    ['a recovery code is all there is', 'recovery', ['recovery-code']],
    ['nothing permitted is known to Auth0', 'none', ['otp', 'phone', 'email']],
    ['the list is strange', 'any', [7, null, 'toString']],
    ['a factor that is not permitted is enrolled: no other is enrolled beside it', 'enroll', ['duo']],
    ['he has a factor here', 'enrolledHere', []],
    ['only an address could be enrolled', 'enrollEmail', []],
  ])('denies, and calls nothing, where %s', async (_, play, factors) => {
    const effects = await action.execute(withFactors(play, ...factors));
    expect([effectOf(effects), calls(effects)]).toEqual(['deny step_up_no_factor', []]);
  });

  it('lets a user without any factor enroll where the policy of the action allows it', async () => {
    const types = 'otp phone push-notification webauthn-platform webauthn-roaming';
    expect(effectOf(await action.execute(withFactors('enroll')))).toBe(`enroll ${types}`);
    expect(effectOf(await action.execute(withFactors('enroll', 'recovery-code')))).toBe(`enroll ${types}`);
  });

  it.each(['prompt=none', 'refresh', 'password grant', 'token exchange'])('asks nobody at a %s', async (situation) => {
    const effects = await action.execute(situations[situation]?.(withFactors('any', 'otp')) ?? login(''));
    expect([effectOf(effects), calls(effects)]).toEqual(['deny interaction_required', []]);
  });

  it('tells the core that the host asks, and gives no address to come back to', async () => {
    await action.execute(withFactors('otp', 'otp'));
    const { body } = core.about('auth0|otp').at(-1) ?? {};
    expect(body).toMatchObject({ context: { challengedBy: 'host' } });
    expect(body).not.toHaveProperty('redirectUrl');
  });

  it('the next login carries what Auth0 asked for, with its time', async () => {
    const methods = [
      { name: 'pwd', timestamp: '2026-11-24T08:00:00.000Z' },
      { name: 'mfa', type: 'phone', timestamp: '2026-11-24T08:00:30.000Z' },
      { name: 'mfa', type: 'otp', timestamp: '2026-11-24T08:01:00.000Z' },
    ];
    await action.execute({ ...login('auth0|allow|mfa'), authentication: { methods } });
    expect(core.about('auth0|allow|mfa')[0]?.body).toMatchObject({
      context: {
        authenticationMethods: [
          { method: 'pwd', at: '2026-11-24T08:00:00.000Z' },
          { method: 'mfa', at: '2026-11-24T08:01:00.000Z' },
          { method: 'sms', at: '2026-11-24T08:00:30.000Z' },
          { method: 'otp', at: '2026-11-24T08:01:00.000Z' },
        ],
      },
      custom: { auth0MfaAge: expect.any(Number) },
    });
  });

  it('a client may have a mode of its own, or none', async () => {
    const of = (mode: unknown) => ({ ...withFactors('any', 'otp'), client: { client_id: 'c', metadata: { stepward_mode: mode } } });
    expect(effectOf(await action.execute(of('redirect')))).toBe('deny step_up_unavailable');
    const seen = core.said.length;
    const off = await action.execute(of('off'));
    expect([effectOf(off), off.calls, core.said.length]).toEqual(['proceed', [], seen]);
    for (const strange of ['OFF', 'none', {}, 'off ']) expect(effectOf(await action.execute(of(strange)))).toBe('deny step_up_unavailable');
  });
});
