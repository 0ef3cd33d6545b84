import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Handler } from '../../../adapters/cognito/triggers/event.ts';
import { define, failed, passed, password, type Step, session } from './support/events.ts';
import { defineResponse, environmentFor, triggersOf } from './support/triggers.ts';

const env = environmentFor('http://127.0.0.1:9');
const handlerWith = (more: Readonly<Record<string, string>> = {}): Handler => triggersOf({ ...env, ...more }).define;
const strict = handlerWith();
const withFactor = handlerWith({ STEPWARD_COGNITO_HOST_MFA: 'true' });

const next = async (handler: Handler, steps: unknown, request = {}, more = {}): Promise<string> => {
  const { challengeName, issueTokens, failAuthentication } = await defineResponse(handler, define(steps, 'user', request, more));
  if (typeof issueTokens !== 'boolean' || typeof failAuthentication !== 'boolean') throw new Error('both are always set');
  if (issueTokens && failAuthentication) throw new Error('never both');
  if (challengeName !== undefined) return issueTokens || failAuthentication ? 'contradiction' : challengeName;
  return issueTokens ? 'tokens' : failAuthentication ? 'fail' : 'nothing';
};

describe('DefineAuthChallenge: the histories that go on', () => {
  it.each<[string, readonly Step[], string]>([
    ['SRP_A', password.slice(0, 1), 'PASSWORD_VERIFIER'],
    ['the password', password, 'CUSTOM_CHALLENGE'],
    ['one failed challenge', [...password, failed], 'CUSTOM_CHALLENGE'],
    ['two', [...password, failed, failed], 'CUSTOM_CHALLENGE'],
    ['a passed challenge', [...password, passed], 'tokens'],
    ['after one failed', [...password, failed, passed], 'tokens'],
    ['after two', [...password, failed, failed, passed], 'tokens'],
  ])('%s', async (_, steps, wanted) => expect(await next(strict, session(...steps))).toBe(wanted));
});

describe('DefineAuthChallenge: everything else fails', () => {
  const challenge = (result: unknown, metadata?: unknown): Step => ['CUSTOM_CHALLENGE', result, metadata];
  const vectors: readonly [string, readonly Step[]][] = [
    ['nothing', []],
    ['a failed SRP_A', [['SRP_A', false]]],
    ['a challenge first', [passed]],
    ['a challenge before the password', [['SRP_A', true], passed]],
    [
      'a failed password',
      [
        ['SRP_A', true],
        ['PASSWORD_VERIFIER', false],
      ],
    ],
    ['a failed password and a challenge', [['SRP_A', true], ['PASSWORD_VERIFIER', false], passed]],
    ['the password without SRP_A', [['PASSWORD_VERIFIER', true], passed]],
    ['two SRP_A', [['SRP_A', true], ...password, passed]],
    ['two passwords', [...password, ['PASSWORD_VERIFIER', true], passed]],
    ['a password of the administrator', [['ADMIN_NO_SRP_AUTH', true]]],
    ['and a challenge', [['ADMIN_NO_SRP_AUTH', true], passed]],
    ['a device', [...password, ['DEVICE_SRP_AUTH', true]]],
    ['a proven device', [...password, ['DEVICE_SRP_AUTH', true], ['DEVICE_PASSWORD_VERIFIER', true], passed]],
    ['an unknown name', [...password, ['WEB_AUTHN', true]]],
    ['a name of the prototype', [['constructor', true], ['__proto__', true], passed]],
    ['three failed challenges', [...password, failed, failed, failed]],
    ['a fourth that was passed', [...password, failed, failed, failed, passed]],
    ['two passed', [...password, passed, passed]],
    ['one failed after one passed', [...password, passed, failed]],
    ['a factor of Cognito, where it is off', [...password, ['SMS_MFA', true]]],
    ['the same and a challenge', [...password, ['SOFTWARE_TOKEN_MFA', true], passed]],
    ['a challenge without our word', [...password, challenge(true)]],
    ['with the word of another', [...password, challenge(true, 'stepward:2')]],
    ['a failed one without it', [...password, challenge(false), passed]],
    ...[null, undefined, 'true', 1, {}].map((result): [string, Step[]] => [
      `a challenge that came to ${JSON.stringify(result)}`,
      [...password, challenge(result, 'stepward:1')],
    ]),
    ...[null, undefined, 'true', 1].map((result): [string, Step[]] => [
      `a password that came to ${JSON.stringify(result)}`,
      [['SRP_A', true], ['PASSWORD_VERIFIER', result], passed],
    ]),
  ];
  it.each(vectors)('%s', async (_, steps) => expect(await next(strict, session(...steps))).toBe('fail'));

  it.each([undefined, null, 'SRP_A', { 0: { challengeName: 'SRP_A', challengeResult: true }, length: 1 }, [null], [[]], ['SRP_A']])(
    'a session that is %j',
    async (steps) => expect(await next(strict, steps)).toBe('fail'),
  );

  it('a session of 100,000 steps', async () => {
    expect(await next(strict, session(...password, ...Array.from({ length: 100_000 }, () => failed), passed))).toBe('fail');
  });

  it('a client that nobody listed; one that only pops up is listed', async () => {
    const steps = session(...password, passed);
    expect(await next(strict, steps, {}, { clientId: 'client-2' })).toBe('fail');
    expect(await next(strict, steps, {}, { clientId: '__proto__' })).toBe('fail');
    expect(await next(strict, steps, {}, { clientId: 'client-popup' })).toBe('tokens');
  });

  it('a user that does not exist is led the same way, and never in', async () => {
    for (const userNotFound of [true, 'true', 1, 'false']) {
      const at = (...steps: readonly Step[]) => next(strict, session(...steps), { userNotFound });
      expect(await at(['SRP_A', true])).toBe('PASSWORD_VERIFIER');
      expect(await at(...password)).toBe('CUSTOM_CHALLENGE');
      expect(await at(...password, passed)).toBe('fail');
    }
    expect(await next(strict, session(...password, passed), { userNotFound: false })).toBe('tokens');
  });
});

describe('STEPWARD_COGNITO_HOST_MFA', () => {
  const sms: Step = ['SMS_MFA', true];
  const totp: Step = ['SOFTWARE_TOKEN_MFA', true];
  it('allows one proven factor of Cognito right after the password, and nowhere else', async () => {
    for (const factor of [sms, totp]) {
      expect(await next(withFactor, session(...password, factor))).toBe('CUSTOM_CHALLENGE');
      expect(await next(withFactor, session(...password, factor, failed, passed))).toBe('tokens');
    }
    const others: readonly (readonly Step[])[] = [
      [...password, sms, totp, passed],
      [...password, ['SMS_MFA', false], passed],
      [...password, passed, sms],
      [...password, failed, sms, passed],
      [password[0] as Step, sms, passed],
      [sms, ...password, passed],
    ];
    for (const steps of others) expect(await next(withFactor, session(...steps))).toBe('fail');
    expect(await next(withFactor, session(...password, passed))).toBe('tokens');
  });
});

describe('property: tokens only after the one history that earned them', () => {
  const names = [
    'SRP_A',
    'PASSWORD_VERIFIER',
    'CUSTOM_CHALLENGE',
    'SMS_MFA',
    'SOFTWARE_TOKEN_MFA',
    'DEVICE_SRP_AUTH',
    'DEVICE_PASSWORD_VERIFIER',
    'ADMIN_NO_SRP_AUTH',
    'NEW_PASSWORD_REQUIRED',
    'custom_challenge',
    '',
    null,
  ];
  const step = fc.record(
    {
      challengeName: fc.constantFrom(...names),
      challengeResult: fc.constantFrom<unknown>(true, true, true, false, null, 'true'),
      challengeMetadata: fc.constantFrom<unknown>('stepward:1', 'stepward:1', undefined, null, '', 'stepward:1 ', 'CODE-123456'),
    },
    { requiredKeys: ['challengeName'] },
  );
  /** Near misses: a history that earned tokens, with one step changed, doubled, left out or put elsewhere. */
  const near = fc
    .tuple(
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 0, max: 6 }),
      fc.constantFrom('change', 'double', 'drop', 'put'),
      step,
      fc.boolean(),
    )
    .map(([failures, at, how, other, hasFactor]) => {
      const factor: readonly Step[] = hasFactor ? [['SMS_MFA', true]] : [];
      const steps: unknown[] = [...session(...password, ...factor, ...Array.from({ length: failures }, () => failed), passed)];
      const put = { change: [other], double: [steps[at], steps[at]], drop: [], put: [other, steps[at]] }[how];
      steps.splice(at, 1, ...(put ?? []));
      return steps;
    });
  /** The last row of the table, said another way: from the last step to the first. */
  const earned = (steps: readonly unknown[], most: number, mayHaveFactor: boolean): boolean => {
    const rest = steps.map((one) => one as { challengeName?: unknown; challengeResult?: unknown; challengeMetadata?: unknown });
    const isOurs = (one: (typeof rest)[number] | undefined, result: boolean) =>
      one?.challengeName === 'CUSTOM_CHALLENGE' && one.challengeResult === result && one.challengeMetadata === 'stepward:1';
    if (!isOurs(rest.pop(), true)) return false;
    let challenges = 1;
    for (; isOurs(rest.at(-1), false); challenges += 1) rest.pop();
    const isProven = (name: string) => rest.at(-1)?.challengeName === name && rest.at(-1)?.challengeResult === true;
    if (mayHaveFactor && (isProven('SMS_MFA') || isProven('SOFTWARE_TOKEN_MFA'))) rest.pop();
    if (!isProven('PASSWORD_VERIFIER')) return false;
    rest.pop();
    return isProven('SRP_A') && rest.length === 1 && challenges <= most;
  };

  it.each([
    ['as it is set by itself', {}, 3, false],
    ['with one round', { STEPWARD_MAX_ROUNDS: '1' }, 1, false],
    ['with a factor of Cognito and five rounds', { STEPWARD_COGNITO_HOST_MFA: 'true', STEPWARD_MAX_ROUNDS: '5' }, 5, true],
  ] as const)('%s', async (_, more, most, mayHaveFactor) => {
    const handler = handlerWith(more);
    let issued = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.array(step, { maxLength: 8 }), near), async (steps) => {
        const isEarned = earned(steps, most, mayHaveFactor);
        issued += isEarned ? 1 : 0;
        expect((await next(handler, steps)) === 'tokens').toBe(isEarned);
      }),
      { numRuns: 4000 },
    );
    // a property about tokens has to see some
    expect(issued).toBeGreaterThan(0);
  });
});
