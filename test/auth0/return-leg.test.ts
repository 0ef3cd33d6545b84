import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { moveTime } from '../support/oidc-person.ts';
import { begin, endOf, type Home, pass, postHome, type Signing, signed, usersNamed } from './lab/person.ts';
import { type Auth0World, newSecret, startAuth0World } from './lab/world.ts';

const denials = /^access_denied step_up_failed/;

/** One mail in thirty seconds goes to an address: each test has somebody of its own. */
const names = ['ada', 'bob', 'cyd', 'dan', 'eve', 'fay', 'gus', 'hal', 'ida', 'jon', 'kim', 'leo', 'mia', 'ned', 'oda', 'pam'] as const;
type Name = (typeof names)[number];

describe('back from the challenge', () => {
  let world: Auth0World;
  let secret = '';
  beforeAll(async () => {
    world = await startAuth0World({ users: usersNamed(...names) });
    secret = String(world.secrets.STEPWARD_REDIRECT_SECRET);
    await world.served.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
  });
  afterAll(() => world?.end());

  const passed = async (name: Name): Promise<{ readonly signing: Signing; readonly home: Home }> => {
    const signing = await begin(world, `auth0|${name}`);
    return { signing, home: await pass(world, signing) };
  };
  /** The second leg of the Action alone, with this token, as often as one likes. */
  const resume = ({ event, effects }: Signing, home: Partial<Home>, metadata = effects.metadata, id?: string) =>
    world.action.resume(
      { ...event, transaction: { ...event.transaction, ...(id !== undefined && { id }), metadata } },
      { body: { ...home } as Record<string, string> },
    );
  const consumed = async <T>(run: () => Promise<T>): Promise<readonly [T, number]> => {
    const before = world.calls.length;
    const answer = await run();
    return [answer, world.calls.slice(before).filter(({ path }) => path.endsWith('/consume')).length];
  };

  it('what was passed goes on, with one consume and one recorded method', async () => {
    const { signing, home } = await passed('ada');
    const [end, times] = await consumed(() => postHome(world, signing.browser, { ...home }));
    expect([end, times]).toEqual(['code', 1]);
    expect(world.tenant.executions.at(-1)?.effects.recordedMethods).toEqual([`${world.served.url}/auth0`]);
  });

  it('a token that is not exactly this one is denied before anything is asked', async () => {
    const before = await passed('bob');
    const other = await passed('cyd');
    // a second transaction of the same user; nothing has been consumed yet
    const { signing, home } = await passed('dan');
    const claims = decodeJwt(home.stepward_token);
    const now = Math.floor(Date.now() / 1000);
    const forged = (changes: object, key = secret, header?: object) => ({
      ...home,
      stepward_token: signed({ ...claims, ...changes }, key, header),
    });
    const bad: Readonly<Record<string, Partial<Home>>> = {
      'no token': { state: home.state },
      'no state': { stepward_token: home.stepward_token },
      'another state beside it': { ...home, state: `${home.state}x` },
      'another state in it': forged({ state: 'x' }),
      'no state in it': forged({ state: undefined }),
      'the token of another user': { ...other.home, state: home.state },
      'another user': forged({ sub: 'auth0|cyd' }),
      'another instance': forged({ instance: decodeJwt(before.home.stepward_token).instance }),
      'no instance': forged({ instance: undefined }),
      'an instance that is no text': forged({ instance: [claims.instance] }),
      expired: forged({ iat: now - 120, exp: now - 60 }),
      'no end': forged({ exp: undefined }),
      'alg none': { ...home, stepward_token: `${signed(claims, secret, { alg: 'none', typ: 'JWT' }).replace(/[^.]*$/, '')}` },
      'another alg, well signed': forged({}, secret, { alg: 'HS512', typ: 'JWT' }),
      'no typ': forged({}, secret, { alg: 'HS256' }),
      'another secret': forged({}, newSecret()),
    };
    for (const [why, given] of Object.entries(bad)) {
      const [effects, times] = await consumed(() => resume(signing, given));
      expect([why, effects.denied, times, effects.recordedMethods]).toEqual([why, expect.stringMatching(/^step_up_failed/), 0, []]);
    }
    // nor is one that came in an address, where it would have been seen
    const resumed = { ...signing.event, transaction: { ...signing.event.transaction, metadata: signing.effects.metadata } };
    for (const [method, body] of [
      ['GET', {}],
      ['POST', {}],
      ['POST', home],
    ] as const) {
      const [effects, times] = await consumed(() => world.action.resume(resumed, { method, query: { ...home }, body: { ...body } }));
      expect([method, effects.denied, times]).toEqual([method, expect.stringMatching(/^step_up_failed/), 0]);
    }
    // without the ticket, or with another, the server is asked, and refuses
    for (const ticket of [undefined, 'x', decodeJwt(other.home.stepward_token).ticket]) {
      const [effects, times] = await consumed(() => resume(signing, forged({ ticket })));
      expect([effects.denied, times]).toEqual([expect.stringMatching(/^step_up_failed/), 1]);
    }
    // none of it was wrong in anything else
    expect((await resume(signing, home)).denied).toBeUndefined();
  });

  it('without the metadata that the first leg left there is no way on', async () => {
    const { signing, home } = await passed('eve');
    const { stepward_instance: instance = '', stepward_nonce: nonce = '' } = signing.effects.metadata;
    for (const metadata of [{}, { stepward_nonce: nonce }, { stepward_instance: 1, stepward_nonce: nonce }]) {
      const [effects, times] = await consumed(() => resume(signing, home, metadata as Signing['effects']['metadata']));
      expect([effects.denied, times]).toEqual([expect.stringMatching(/^step_up_failed/), 0]);
    }
    const bodies = { ...home, stepward_instance: String(instance), stepward_nonce: String(nonce) };
    expect((await resume(signing, bodies as Home, {})).denied).toMatch(/^step_up_failed/);
    expect((await resume(signing, home, { stepward_instance: instance })).denied).toMatch(/^step_up_failed/);
  });

  it('a good token is denied where the server says no: another transaction, failed, used', async () => {
    const { signing, home } = await passed('fay');
    expect((await resume(signing, home, undefined, 'another')).denied).toMatch(/^step_up_failed/);
    expect((await resume(signing, home)).denied).toBeUndefined();
    expect((await resume(signing, home)).denied).toMatch(/^step_up_failed/);

    const cancelled = await begin(world, 'auth0|gus');
    await cancelled.browser.press('Cancel');
    expect(endOf(await cancelled.browser.press('Continue'))).toMatch(denials);
    // its token had no ticket; with one the server still says no
    const { state = '' } = cancelled.effects;
    const now = Math.floor(Date.now() / 1000);
    const instance = cancelled.effects.metadata.stepward_instance;
    const claims = { sub: 'auth0|gus', iss: world.served.url, iat: now, exp: now + 60, state, instance, ticket: 'x' };
    const forged = await resume(cancelled, { state, stepward_token: signed(claims, secret) });
    expect(forged.denied).toMatch(/^step_up_failed/);
  });

  it('the same token twice, one after the other or at once, is one login', async () => {
    const { signing, home } = await passed('hal');
    const two = await Promise.all([postHome(world, signing.browser, { ...home }), postHome(world, signing.browser, { ...home })]);
    expect(two.toSorted()).toEqual(['400', 'code']);
    expect(await postHome(world, signing.browser, { ...home })).toBe('400');

    const next = await passed('ida');
    const all = await Promise.all([resume(next.signing, next.home), resume(next.signing, next.home), resume(next.signing, next.home)]);
    expect(all.filter(({ denied }) => denied === undefined)).toHaveLength(1);
  });

  describe('late', () => {
    let time: ReturnType<typeof moveTime> | undefined;
    afterEach(() => time?.end());
    it('a return token lasts a minute, and a finished challenge not for ever', async () => {
      const { signing, home } = await passed('jon');
      time = moveTime();
      time.pass(61);
      expect((await resume(signing, home)).denied).toMatch(/^step_up_failed/);
      time.pass(24 * 3600);
      const now = Math.floor(Date.now() / 1000);
      const renewed = signed({ ...decodeJwt(home.stepward_token), iat: now, exp: now + 60 }, secret);
      const [effects, times] = await consumed(() => resume(signing, { ...home, stepward_token: renewed }));
      expect([effects.denied, times]).toEqual([expect.stringMatching(/^step_up_failed/), 1]);
    });
  });

  describe('two browsers, two tabs', () => {
    it('a challenge link that somebody else passes lets neither in', async () => {
      const attacker = await begin(world, 'auth0|kim');
      const victim = world.browser();
      await victim.open(attacker.effects.redirectedTo ?? '');
      // the page belongs to the browser that opened it first
      expect(victim.at.text).not.toMatch(/<form/);
      const { state = '' } = attacker.effects;
      expect(await postHome(world, attacker.browser, { state })).toMatch(denials);
    });

    it('nor one that the attacker has never opened himself', async () => {
      const attacker = world.browser();
      attacker.holdAt(/^\/challenge/);
      const signing = await begin(world, 'auth0|leo', {}, attacker);
      const victim = world.browser();
      await victim.open(signing.effects.redirectedTo ?? '');
      const home = await pass(world, { ...signing, browser: victim });
      // the victim's browser began no login here, and what it brings is not the attacker's to see
      expect(await postHome(world, victim, { ...home })).toBe('400');
      attacker.holdAt();
      expect(await postHome(world, attacker, { state: home.state })).toMatch(denials);
    });

    it('each of two tabs goes on with its own login, in any order; crossed they are denied', async () => {
      const browser = world.browser();
      const first = await begin(world, 'auth0|mia', {}, browser);
      const home = await pass(world, first);
      const second = await begin(world, 'auth0|mia', {}, browser);
      expect(second.effects.metadata.stepward_instance).not.toBe(first.effects.metadata.stepward_instance);
      // the second tab brings what the first one earned
      const { state = '' } = second.effects;
      expect(await postHome(world, browser, { state, stepward_token: home.stepward_token })).toMatch(denials);
      expect(await postHome(world, browser, { ...home })).toBe('code');
    });
  });
});
