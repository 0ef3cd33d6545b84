import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { labClient, type UpstreamSide, upstreamSide } from '../../support/upstream-client.ts';
import { startUpstream, type UpstreamProvider } from '../../support/upstream-provider.ts';

let lab: UpstreamProvider;
let side: UpstreamSide;
beforeEach(async () => {
  // the date alone stands still, for us and for the libraries
  vi.useFakeTimers({ toFake: ['Date'] });
  [lab, side] = await Promise.all([startUpstream({ clients: [labClient()] }), upstreamSide({ deadline: 1_000 })]);
});
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all([lab.close(), side.close()]);
});

const minutes = (count: number): void => {
  vi.setSystemTime(Date.now() + count * 60_000);
};
const asked = (): readonly number[] => [lab.requests('discovery').length, lab.requests('jwks').length];
const unavailable = { error: 'temporarily_unavailable' };

const signsIn = async (upstream: ReturnType<UpstreamSide['record']>): Promise<string> =>
  (await side.upstreams.finish(upstream, 'uid-1', await side.goTo(upstream, 'alice'))).sub;

describe('an identity provider that is down', () => {
  it('that never answers does not hold anybody: many who wait ask it once', async () => {
    const upstream = side.record(lab);
    lab.faults.use({ at: 'discovery', fails: 'hang' });
    const begun = await Promise.allSettled(Array.from({ length: 20 }, () => side.upstreams.begin(upstream, { uid: 'uid-1' })));
    expect(begun.every(({ status }) => status === 'rejected')).toBe(true);
    expect(asked()).toEqual([1, 0]);
    expect(side.logs[0]).toMatch(/did not answer in time/);

    // nor is it asked again at once
    await expect(side.upstreams.begin(upstream, { uid: 'uid-1' })).rejects.toMatchObject(unavailable);
    expect(asked()).toEqual([1, 0]);
    lab.faults.clear();
    minutes(0.2);
    expect(await signsIn(upstream)).toBe('alice');
  });

  it('is asked for its document and its keys once, not at each sign-in', async () => {
    const upstream = side.record(lab);
    const backs = await Promise.all(Array.from({ length: 5 }, () => side.goTo(upstream, 'alice')));
    await Promise.all(backs.map((back) => side.upstreams.finish(upstream, 'uid-1', back)));
    expect(await signsIn(upstream)).toBe('alice');
    expect(asked()).toEqual([1, 1]);
    minutes(6);
    expect(await signsIn(upstream)).toBe('alice');
    expect(asked()).toEqual([1, 2]);
    minutes(60);
    expect(await signsIn(upstream)).toBe('alice');
    expect(asked()).toEqual([2, 3]);
  });

  it('is known from before for a day, where its document cannot be had', async () => {
    const upstream = side.record(lab);
    expect(await signsIn(upstream)).toBe('alice');
    lab.faults.use({ at: 'discovery', fails: 'error' });
    minutes(61);
    expect(await signsIn(upstream)).toBe('alice');
    minutes(24 * 60);
    await expect(side.upstreams.begin(upstream, { uid: 'uid-1' })).rejects.toMatchObject(unavailable);
  });

  it.each(['error', 'hang', 'no-json', 'endless', 'elsewhere'] as const)(
    'whose key set fails (%s) is known by its old keys, for an hour',
    async (fails) => {
      const upstream = side.record(lab);
      expect(await signsIn(upstream)).toBe('alice');
      lab.faults.use({ at: 'jwks', fails });
      minutes(6);
      expect(await signsIn(upstream)).toBe('alice');
      minutes(55);
      await expect(signsIn(upstream)).rejects.toMatchObject(unavailable);
      lab.faults.clear();
      minutes(1);
      expect(await signsIn(upstream)).toBe('alice');
    },
  );
});

describe('keys of an identity provider', () => {
  it('outlast its discovery document', async () => {
    const upstream = side.record(lab);
    expect(await signsIn(upstream)).toBe('alice');
    minutes(58);
    expect(await signsIn(upstream)).toBe('alice');
    lab.faults.use({ at: 'jwks', fails: 'error' });
    minutes(3);
    expect(await signsIn(upstream)).toBe('alice');
    expect(asked()).toEqual([2, 2]);
  });

  it('that were changed are found at once', async () => {
    const upstream = side.record(lab);
    expect(await signsIn(upstream)).toBe('alice');
    for (let rotations = 0; rotations < 2; rotations++) {
      lab.rotateKeys();
      expect(await signsIn(upstream)).toBe('alice');
      minutes(0.2);
    }
    expect(asked()).toEqual([1, 3]);
  });

  it('that are published beside the one before verify what either has signed', async () => {
    const upstream = side.record(lab);
    const old = lab.logoutToken({ sub: 'alice' });
    lab.rotateKeys({ overlap: true });
    expect(await signsIn(upstream)).toBe('alice');
    expect(await side.upstreams.loggedOut(upstream, old)).toEqual({ sub: 'alice' });
    expect(await side.upstreams.loggedOut(upstream, lab.logoutToken({ sub: 'bob' }))).toEqual({ sub: 'bob' });
    expect(asked()).toEqual([1, 1]);
  });

  it('that nobody publishes are looked for within limits', async () => {
    const upstream = side.record(lab);
    expect(await signsIn(upstream)).toBe('alice');
    lab.faults.use({ signing: 'unknown-kid' });
    for (let tries = 0; tries < 10; tries++) await expect(signsIn(upstream)).rejects.toMatchObject(unavailable);
    const token = lab.logoutToken({ sub: 'alice' }, { signing: 'unknown-kid' });
    for (let tries = 0; tries < 10; tries++) await expect(side.upstreams.loggedOut(upstream, token)).rejects.toThrow();
    expect(asked()).toEqual([1, 2]);
  });

  it('that were withdrawn verify nothing after five minutes', async () => {
    const upstream = side.record(lab);
    expect(await signsIn(upstream)).toBe('alice');
    const old = lab.logoutToken({ sub: 'alice', iat: Math.floor(Date.now() / 1000) + 301, exp: undefined });
    lab.rotateKeys();
    minutes(5);
    await expect(side.upstreams.loggedOut(upstream, old)).rejects.toMatchObject({ error: 'access_denied' });
  });
});
