import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBase32, totpAt } from '../adapters/authenticators/rfc6238.ts';
import { type FakeKeycloakCore, startFakeCore } from './support/fake-core.ts';
import { browserFlow, type FlowNode, stepward } from './support/flows.ts';
import { password, type Realm } from './support/make-realm.ts';
import { createPerson, type Person } from './support/person.ts';
import { createRealm, hasKeycloak } from './support/realm.ts';

const policies = ['deny', 'allow', 'fallback'] as const;
/** After these no decision could be had: the failure policy answers. */
const noDecision = ['down', 'slow', 'slowbody', 'cutbody', 'servererror', 'badgateway', 'unavailable'] as const;
/** These are answers, whatever they mean: nobody gets in by them. */
const answers = [
  ...['unauthorized', 'forbidden', 'conflict', 'toomany', 'toomanyslow', 'moved'],
  ...['html', 'empty', 'list', 'nothing', 'huge', 'foreignkey', 'unknownstate', 'prototypestate', 'elsewhere', 'neighbour'],
] as const;

const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const withOtp = (username: string) => ({
  username,
  credentials: [
    { type: 'password', value: password, temporary: false },
    {
      type: 'otp',
      secretData: JSON.stringify({ value: secret }),
      credentialData: JSON.stringify({
        subType: 'totp',
        digits: 6,
        counter: 0,
        period: 30,
        algorithm: 'HmacSHA1',
        secretEncoding: 'BASE32',
      }),
    },
  ],
});

let core: FakeKeycloakCore;
let realm: Realm;

const logIn = async (clientId: string, username: string): Promise<Person> => {
  const person = createPerson(realm);
  await person.start(clientId);
  await person.logIn(username);
  return person;
};
const isIn = ({ at }: Person): boolean => at.url.searchParams.has('code');
const asksForOtp = ({ at }: Person): boolean => at.text.includes('kc-otp-login-form');
const isUnavailable = ({ at }: Person): boolean => at.status === 503 && at.text.includes('cannot be checked at the moment');

/** A fallback subflow that would not do what it must. */
const badFallback = (alias: string, settings: Readonly<Record<string, string>>, inside: readonly FlowNode[]): FlowNode => ({
  flow: alias,
  of: [{ run: 'auth-username-password-form' }, stepward(settings), { flow: `${alias}-fallback`, requirement: 'CONDITIONAL', of: inside }],
});
const condition = { run: 'stepward-fallback-condition' } as const;
const otp = { run: 'auth-otp-form', requirement: 'ALTERNATIVE' } as const;

describe.skipIf(!hasKeycloak)('a core that fails', () => {
  beforeAll(async () => {
    core = await startFakeCore();
    const settings = { ...core.settings, deadlineMs: '700', connectTimeoutMs: '300' };
    const fallback = { ...settings, failurePolicy: 'fallback' };
    realm = await createRealm({
      flows: [
        ...policies.map((failurePolicy) => browserFlow(failurePolicy, { ...settings, failurePolicy })),
        browserFlow('level', { ...settings, failurePolicy: 'allow', requiredAcr: 'urn:stepward:aal2' }),
        browserFlow('unlisted', { ...fallback, fallbackCredentials: 'otp##webauthn' }),
        badFallback('required-otp', fallback, [condition, { ...otp, requirement: 'REQUIRED' }]),
        badFallback('no-condition', fallback, [otp]),
        { flow: 'no-subflow', of: [{ run: 'auth-username-password-form' }, stepward(fallback)] },
      ],
      clients: [...policies, 'level', 'unlisted', 'required-otp', 'no-condition', 'no-subflow'].map((clientId) => ({
        clientId,
        flow: clientId,
      })),
      users: [
        ...[...noDecision, ...answers, 'allow', 'succeeded-1-another', 'challenge-1-challengefailed'].map((username) => ({ username })),
        ...['down-otp', 'down-otp2', 'allow-otp', 'unauthorized-otp'].map(withOtp),
      ],
    });
  });
  afterAll(async () => {
    await realm?.end();
    await core?.end();
  });

  it.each(noDecision)('%s: the failure policy answers, the event says so, and the core is told once it is back', async (fault) => {
    expect(isUnavailable(await logIn('deny', fault))).toBe(true);
    expect(isIn(await logIn('allow', fault))).toBe(true);
    expect(isUnavailable(await logIn('fallback', fault))).toBe(true);
    await logIn('deny', 'allow');
    expect(core.about('allow').at(-1)?.body.context).toMatchObject({ undecided: { proceeded: 1, refused: 2 } });
    await logIn('deny', 'allow');
    expect(core.about('allow').at(-1)?.body.context).not.toHaveProperty('undecided');
    const user = await realm.userId(fault);
    const [allowed] = await realm.events('LOGIN', { user });
    expect(allowed?.details?.stepward_degraded).toBe('allow');
    const refused = await realm.events('LOGIN_ERROR', { user });
    expect(refused.map(({ error, details }) => [error, details?.stepward_degraded])).toEqual([
      ['generic_authentication_error', 'fallback'],
      ['generic_authentication_error', 'deny'],
    ]);
  });

  it.each(answers)('%s: nobody gets in, whatever the failure policy', async (fault) => {
    for (const policy of policies) {
      const person = await logIn(policy, fault);
      expect(isUnavailable(person), `${policy}: ${person.at.url} ${person.at.text}`).toBe(true);
    }
  });

  it('tries a second time where the call was lost, with the same body, and not where it was answered', () => {
    const bodies = (username: string) => core.about(username).map(({ body }) => body);
    const [first, second] = bodies('unavailable');
    expect(second).toEqual(first);
    expect(bodies('unavailable')).toHaveLength(6);
    expect(bodies('unauthorized')).toHaveLength(3);
    expect(bodies('servererror')).toHaveLength(3);
  });

  it('an answer to consume about another user lets nobody in', async () => {
    expect(isUnavailable(await logIn('allow', 'succeeded-1-another'))).toBe(true);
  });

  describe('fallback', () => {
    it('lets a user in by his own factor at Keycloak', async () => {
      const ada = await logIn('fallback', 'down-otp');
      expect(asksForOtp(ada), ada.at.text).toBe(true);
      await ada.press(/sign in/i, { otp: '000000' });
      expect(isIn(ada)).toBe(false);
      await ada.press(/sign in/i, { otp: totpAt(fromBase32(secret), Date.now() / 1000) });
      expect(isIn(ada), ada.at.text).toBe(true);
      const errors = await realm.events('LOGIN_ERROR', { user: await realm.userId('down-otp') });
      expect(errors.at(-1)).toMatchObject({ error: 'generic_authentication_error', details: { stepward_degraded: 'fallback' } });
    });

    it('offers no enrollment to a user without one', async () => {
      const ben = await logIn('fallback', 'down');
      expect(isUnavailable(ben)).toBe(true);
      expect(ben.hops.some(({ href }) => href.includes('required-action'))).toBe(false);
    });

    it('is never asked while the core answers', async () => {
      expect(isIn(await logIn('fallback', 'allow-otp'))).toBe(true);
      expect(isUnavailable(await logIn('fallback', 'unauthorized-otp'))).toBe(true);
    });

    it.each(['unlisted', 'required-otp', 'no-condition', 'no-subflow'])(
      'is refused where its subflow is not as it must be: %s',
      async (clientId) => {
        const cleo = await logIn(clientId, 'allow');
        expect(isUnavailable(cleo), cleo.at.text).toBe(true);
        expect(core.about('allow').filter(({ body }) => (body.context as { readonly clientId: string }).clientId === clientId)).toEqual([]);
      },
    );
  });

  it('gives no level: where one is required, `allow` is a deny', async () => {
    expect(isUnavailable(await logIn('level', 'down'))).toBe(true);
  });

  it('drops nothing that was asked for: a failed challenge started over while nobody can be asked is a deny under every policy', async () => {
    const dan = await logIn('allow', 'challenge-1-challengefailed');
    const back = String(core.about('challenge-1-challengefailed')[0]?.body.returnUrl);
    await dan.open(back);
    expect(dan.at.text).toContain('Start over');
    core.fail(true);
    await dan.press('Start over');
    core.fail(false);
    expect(isUnavailable(dan), dan.at.text).toBe(true);
  });
});
