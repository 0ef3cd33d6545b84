import { beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../adapters/cli/run.ts';
import { managementKey, type Running, running } from '../http/running.ts';

const hour = 3_600_000;

describe('keys rotate, on a running server', () => {
  let server: Running;
  let ahead = 0;
  beforeEach(async () => {
    ahead = 0;
    server = await running({ now: () => Date.now() + ahead });
    return () => server.stop();
  });
  const call = async (line: string) => {
    const [printed, complained] = [[] as string[], [] as string[]];
    const code = await run(line.split(' '), {
      env: { STEPWARD_URL: `http://127.0.0.1:${server.port}`, STEPWARD_MANAGEMENT_KEYS: managementKey },
      folder: '/nowhere',
      print: (text) => printed.push(...text.split('\n')),
      complain: (text) => complained.push(text),
    });
    return { code, out: printed, err: complained };
  };
  const states = (out: readonly string[]) =>
    out.filter((text) => / (ES256|RS256) /.test(text)).map((text) => text.split(/ +/).slice(0, 2).join(' '));
  const both = (...all: readonly string[]) => all.flatMap((state) => [`${state} ES256`, `${state} RS256`]);

  it('says at each call what it did, what there is, and when the next step can be done', async () => {
    expect((await call('keys rotate --status')).out).toEqual(['next: the first keys are made, by `stepward keys rotate`, at any time']);
    const first = await call('keys rotate');
    expect([first.code, first.out[0]]).toEqual([0, 'created: the first keys of the OpenID provider sign from now on']);
    expect(states(first.out)).toEqual(both('signing'));
    const published = await call('keys rotate');
    expect(published.out[0]).toMatch(/^published:/);
    expect(states(published.out)).toEqual(both('signing', 'published'));
    expect(published.out.at(-1)).toMatch(/^next: the new keys sign, from \d{4}-.*Z$/);
    const early = await call('keys rotate');
    expect([early.code, early.out[0], early.out.at(-1)]).toEqual([0, 'nothing was due', published.out.at(-1)]);
    ahead += hour;
    const signing = await call('keys rotate');
    expect(signing.out[0]).toMatch(/^signing:/);
    expect(states(signing.out)).toEqual(both('signing', 'retired'));
    expect(signing.out.at(-1)).toMatch(/^next: the old keys are removed, from /);
    ahead += 24 * hour;
    const removed = await call('keys rotate');
    expect(removed.out[0]).toMatch(/^removed:/);
    expect(states(removed.out)).toEqual(both('signing'));
  });
  it('`--status` changes nothing', async () => {
    await call('keys rotate');
    const before = (await call('keys rotate --status')).out;
    expect((await call('keys rotate --status')).out).toEqual(before);
    expect(states(before)).toEqual(both('signing'));
  });
  it('`--ahead` publishes for longer', async () => {
    await call('keys rotate');
    await call('keys rotate --ahead 48');
    ahead += 48 * hour - 60_000;
    expect((await call('keys rotate')).out[0]).toBe('nothing was due');
    ahead += 60_000;
    expect((await call('keys rotate')).out[0]).toMatch(/^signing:/);
  });
  it('but not for less than an hour', async () => {
    await call('keys rotate');
    expect(await call('keys rotate --ahead 0')).toMatchObject({ code: 1, out: [], err: [expect.stringContaining('invalid_request')] });
  });
});

describe('the management API of the keys', () => {
  let server: Running;
  beforeEach(async () => {
    server = await running();
    return () => server.stop();
  });
  it('shows public facts alone, and what a key is waiting for', async () => {
    await server.manage('POST', '/oidc-keys/rotate', {});
    const { body } = await server.manage('POST', '/oidc-keys/rotate', { publishedFor: 7200 });
    const listed = (await server.manage('GET', '/oidc-keys')).body;
    expect(body).toEqual({ done: 'publish', ...listed });
    const [, , published] = listed.keys as unknown as readonly Record<string, string>[];
    expect(Object.keys(published ?? {}).toSorted()).toEqual(['alg', 'kid', 'since', 'state', 'until']);
    expect(Date.parse(published?.until ?? '') - Date.parse(published?.since ?? '')).toBe(2 * hour);
    expect(listed.next).toEqual({ step: 'sign', at: published?.until });
  });
  it.each([3599, 2_678_401, 3600.5, '3600', -1])('`publishedFor` %j is refused', async (publishedFor) => {
    expect((await server.manage('POST', '/oidc-keys/rotate', { publishedFor })).status).toBe(400);
    expect((await server.manage('GET', '/oidc-keys')).body.keys).toEqual([]);
  });
});
