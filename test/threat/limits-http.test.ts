import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { type Served, startServed } from '../support/served.ts';
import { httpBrowser } from './support/server.ts';

let postgres: TestPostgres | undefined;
const servers: Served[] = [];
beforeAll(async () => {
  postgres = await startPostgres();
  const database = postgres && { STEPWARD_DATABASE_URL: await postgres.database() };
  // without PostgreSQL one server has to do
  for (let node = 0; node < (database ? 2 : 1); node++)
    servers.push(
      await startServed({ ...database, STEPWARD_PUBLIC_URL: 'http://localhost:8787', STEPWARD_TRUSTED_PROXIES: '127.0.0.1,::1' }),
    );
});
afterAll(async () => {
  for (const server of servers) await server.end();
  await postgres?.stop();
});

const nodeAt = (nth: number): Served => servers[nth % servers.length] as Served;
const later = (ms: number): void => {
  for (const server of servers) server.pass(ms);
};
const tally = (statuses: readonly number[]) =>
  Object.fromEntries(
    Map.groupBy(statuses, String)
      .entries()
      .map(([status, all]) => [status, all.length]),
  );

describe('limits over the HTTP servers of two nodes', () => {
  const tokenOf = async (userId: string): Promise<string> => (await nodeAt(0).api.track({ userId, action: 'signIn' })).answer.token;
  const init = (nth: number, token: string, address: string) =>
    fetch(`${nodeAt(nth).url}/v1/client/init`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': address },
    });

  it('a token: sixty in a minute, from however many addresses', async () => {
    later(60_000);
    const token = await tokenOf('limited-by-token');
    const answers = await Promise.all(Array.from({ length: 100 }, (_, nth) => init(nth, token, `203.0.113.${nth}`)));
    expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 60, 429: 40 });
    for (const refused of answers.filter(({ status }) => status === 429)) {
      expect(refused.headers.get('retry-after')).toBe('60');
      expect(await refused.json()).toMatchObject({ error: 'too_many_requests', errorCode: 'too_many_requests' });
    }
    const counted = await Promise.all(servers.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
    const refusals = counted.map((text) =>
      Number(/^stepward_limit_total\{limit="client-token",result="refused"\} (\d+)$/m.exec(text)?.[1]),
    );
    expect(refusals.reduce((sum, each) => sum + each, 0)).toBe(40);
    expect((await init(0, await tokenOf('another'), '203.0.113.1')).status).toBe(200);
    later(60_000);
    expect((await init(1, token, '203.0.113.1')).status).toBe(200);
  });

  // fails without: `polled` of the route
  it('finalize, asked every second for as long as its token lives by forty people at one address, is never 429; then 401', async () => {
    later(60_000);
    const tokens = await Promise.all(Array.from({ length: 40 }, (_, nth) => tokenOf(`waits-${nth}`)));
    const finalize = async (nth: number, token: string): Promise<number> =>
      (
        await fetch(`${nodeAt(nth).url}/v1/client/verify/email-magic-link/finalize`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.77' },
        })
      ).status;
    // one through the whole of ten minutes, all of them in its first ten seconds
    for (let second = 0; second < 600; second++) {
      const asking = second < 10 ? tokens : tokens.slice(0, 1);
      const statuses = await Promise.all(asking.map((token) => finalize(second, token)));
      expect([second, tally(statuses)]).toEqual([second, { 200: asking.length }]);
      later(1_000);
    }
    expect(tally(await Promise.all(tokens.map((token) => finalize(0, token))))).toEqual({ 401: 40 });
  });

  it('an address: 300 in a minute, with however many tokens, made-up ones too', async () => {
    later(60_000);
    const tokens = await Promise.all(Array.from({ length: 6 }, (_, nth) => tokenOf(`limited-by-address-${nth}`)));
    const answers = await Promise.all(
      Array.from({ length: 400 }, (_, nth) => init(nth, nth < 200 ? 'a.b.c' : (tokens[nth % 6] ?? ''), `2001:db8::${nth.toString(16)}`)),
    );
    const { 429: refused, ...admitted } = tally(answers.map(({ status }) => status));
    expect([refused, Object.values(admitted).reduce((sum, each) => sum + each, 0)]).toEqual([100, 300]);
    expect((await init(0, tokens[0] ?? '', '2001:db8:0:1::1')).status).not.toBe(429);
  });

  it('a page: sixty forms of a visit in a minute; then a page says so and keeps everything', async () => {
    later(60_000);
    await nodeAt(0).configure('signIn', { enrollment: 'allow' });
    const { url } = (await nodeAt(0).api.track({ userId: 'limited-by-visit', action: 'signIn' })).answer;
    const browsers = servers.map((server) => httpBrowser(Number(new URL(server.url).port)));
    const { html } = await (browsers[0] as (typeof browsers)[number]).open(url);
    for (const browser of browsers.slice(1)) for (const [name, value] of browsers[0]?.cookies ?? []) browser.cookies.set(name, value);
    const statuses: number[] = [];
    for (let nth = 0; nth < 80; nth++) {
      const browser = browsers[nth % browsers.length] as (typeof browsers)[number];
      const answer = await browser.send(url, html, { do: 'choose', method: 'PASSKEY' });
      statuses.push(answer.status);
      if (answer.status === 429)
        expect([answer.headers.get('retry-after'), answer.html]).toEqual(['60', expect.stringContaining('Too many requests')]);
    }
    const { 429: refused, ...admitted } = tally(statuses);
    // what a node took and did not give out is lost to the other: early by four at the most, never late
    expect(refused).toBeGreaterThanOrEqual(20);
    expect(Object.values(admitted).reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(56);
    later(60_000);
    expect((await (browsers[0] as (typeof browsers)[number]).open(url)).status).toBe(200);
  });
});
