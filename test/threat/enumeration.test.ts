import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aucOf } from './support/auc.ts';
import { folder, type Process, type Reply, settings, startProcess } from './support/server.ts';

/** Everything but what differs from answer to answer by design. */
const seen = ({ status, headers, text }: Reply): unknown => {
  const kept = [...headers].filter(([name]) => name !== 'date' && name !== 'x-request-id').sort();
  return [status, kept, text];
};

describe('I12: nobody can tell a user who exists from one who does not', () => {
  const place = folder();
  let server: Process;
  let foreign = '';
  let dead = '';
  beforeAll(async () => {
    server = await startProcess(settings(`sqlite:${place.path}/stepward.db`));
    const tracked = await server.call('POST', '/v1/users/known/actions/signIn', {});
    foreign = new URL(String(tracked.body.url)).searchParams.get('c') ?? '';
    // bound by another browser
    await server.call('GET', `/challenge?c=${foreign}`);
    dead = new URL(String((await server.call('POST', '/v1/users/known/actions/signIn', {})).body.url)).searchParams.get('c') ?? '';
    await server.call('GET', `/challenge?c=${dead}`);
  });
  afterAll(async () => {
    await server?.end('SIGKILL');
    place.remove();
  });

  // fails without: the same shape for an undefined user (userAnswer), 404 for all absent instances
  it.each([
    ['GET', '/v1/users/{u}'],
    ['GET', '/v1/users/{u}/authenticators'],
    ['GET', '/v1/users/{u}/devices'],
    ['GET', '/v1/users/{u}/actions?codes=other'],
    ['GET', '/v1/users/{u}/actions/signIn/absent'],
    ['GET', '/v1/users/{u}/actions/signIn/absent/explain'],
    ['POST', '/v1/users/{u}/actions/signIn/absent/consume'],
    ['DELETE', '/v1/users/{u}/authenticators/absent'],
  ])('%s %s: equal bytes and headers for a known and an unknown user', async (method, path) => {
    const body = method === 'POST' ? {} : undefined;
    const known = await server.call(method, path.replace('{u}', 'known'), body);
    const unknown = await server.call(method, path.replace('{u}', 'nobody'), body);
    const withoutId = (reply: Reply) => seen({ ...reply, text: reply.text.replace(/"requestId":"[^"]+"/, '') });
    expect(withoutId(unknown)).toEqual(withoutId(known));
  });

  // fails without: `neutral` for all that is not this browser's
  it('the page of an unknown, a foreign and a malformed `c`: equal bytes and headers', async () => {
    const pages = await Promise.all(
      [foreign, dead, 'A'.repeat(22), 'x', foreign.slice(0, -1)].flatMap((c) => [
        server.call('GET', `/challenge?c=${c}`),
        server.call('GET', `/challenge?c=${c}&force_enrollment=true`),
      ]),
    );
    expect(new Set(pages.map((page) => JSON.stringify(seen(page)))).size).toBe(1);
    const ends = await Promise.all([foreign, 'A'.repeat(22)].map((c) => server.call('GET', `/challenge/done?c=${c}`)));
    expect(seen(ends[0] as Reply)).toEqual(seen(ends[1] as Reply));
  });

  it('a forged form for a foreign and an unknown `c`: equal bytes and headers', async () => {
    const forms = await Promise.all([foreign, 'A'.repeat(22)].map((c) => server.call('POST', `/challenge?c=${c}`, { do: 'cancel' })));
    expect(seen(forms[0] as Reply)).toEqual(seen(forms[1] as Reply));
  });

  it.skipIf(process.env.STEPWARD_LONG_TESTS !== '1')(
    'times: AUC in 0.45 to 0.55 over 2,000 interleaved pairs of pages for a user long known and one never seen before',
    async () => {
      // an existing `c` is no secret of the server's: whoever holds it was given it; whose it is must not show
      await server.call('PATCH', '/v1/users/veteran', { email: 'veteran@example.org', emailVerified: true, displayName: 'Known Person' });
      for (let nth = 0; nth < 30; nth++)
        await server.call('POST', '/v1/users/veteran/actions/signIn', { deviceId: `device-${nth}`, ipAddress: '203.0.113.9' });
      const known = await server.call('POST', '/v1/users/veteran/actions/signIn', {});
      const foreign = new URL(String(known.body.url)).searchParams.get('c') ?? '';
      await server.call('GET', `/challenge?c=${foreign}`);
      const fresh = await server.call('POST', '/v1/users/first-seen-now/actions/signIn', {});
      const other = new URL(String(fresh.body.url)).searchParams.get('c') ?? '';
      await server.call('GET', `/challenge?c=${other}`);
      for (const [a, b] of [
        [`/challenge?c=${foreign}`, `/challenge?c=${other}`],
        [`/challenge/done?c=${foreign}`, `/challenge/done?c=${other}`],
      ] as const) {
        const auc = await aucOf(
          () => server.call('GET', a),
          () => server.call('GET', b),
        );
        expect(auc, `${a} against ${b}`).toBeGreaterThan(0.45);
        expect(auc, `${a} against ${b}`).toBeLessThan(0.55);
      }
    },
    600_000,
  );
});
