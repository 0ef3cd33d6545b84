import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folder, httpBrowser, managementKey, type Process, settings, startProcess } from '../support/server.ts';

const minutes = Number(process.env.STEPWARD_SOAK_MINUTES ?? 30);
const lanes = 8;
const mebibyte = 1_048_576;

/** Where the kernel tells of processes; it is Linux's. */
const canLook = process.platform === 'linux';

describe.skipIf(process.env.STEPWARD_LONG_TESTS !== '1' || !canLook)(`${minutes} minutes at half of what it can do`, () => {
  const place = folder();
  let server: Process;
  beforeAll(async () => {
    server = await startProcess(settings(`sqlite:${place.path}/stepward.db`));
    for (const [action, defaultUserActionResult] of [
      ['open', 'ALLOW'],
      ['signIn', 'CHALLENGE'],
    ]) {
      await server.call('POST', `/v1/users/first/actions/${action}`, {});
      await server.call('PATCH', `/v1/management/action-configurations/${action}`, { defaultUserActionResult }, managementKey);
    }
  });
  afterAll(async () => {
    await server?.end('SIGKILL');
    place.remove();
  });

  const look = () => {
    const status = readFileSync(`/proc/${server.child.pid}/status`, 'utf8');
    return {
      descriptors: readdirSync(`/proc/${server.child.pid}/fd`).length,
      resident: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024,
      threads: Number(/Threads:\s+(\d+)/.exec(status)?.[1]),
    };
  };

  it(
    'descriptors, threads and memory stay level, and nothing fails',
    async () => {
      const until = performance.now() + minutes * 60_000;
      const failed: string[] = [];
      const once = async (lane: number, nth: number): Promise<void> => {
        const userId = `user-${lane}-${nth % 500}`;
        const body = { deviceId: `device-${lane}-${nth % 500}-0123456`, ipAddress: `203.0.113.${nth % 250}` };
        const open = `/v1/users/${userId}/actions/open`;
        const tracked = await server.call('POST', open, body);
        const consumed = await server.call('POST', `${open}/${tracked.body.idempotencyKey}/consume`, {});
        const asked = await server.call('POST', `/v1/users/${userId}/actions/signIn`, body);
        const page = await httpBrowser(server.port).open(String(asked.body.url));
        const refused = await server.call('POST', '/v1/validate', { token: `${asked.body.token}x` });
        for (const { status } of [tracked, consumed, asked, page, refused]) if (status !== 200) failed.push(`${userId} ${status}`);
      };
      const lane = async (number: number): Promise<void> => {
        for (let nth = 0; performance.now() < until; nth++) {
          const began = performance.now();
          await once(number, nth);
          // as long at rest as at work
          await setTimeout(performance.now() - began);
        }
      };
      const looks: ReturnType<typeof look>[] = [];
      const watching = (async () => {
        while (performance.now() < until) {
          looks.push(look());
          await setTimeout((minutes * 60_000) / 200);
        }
      })();
      await Promise.all([watching, ...Array.from({ length: lanes }, (_, number) => lane(number))]);
      expect(failed).toEqual([]);
      const least = (from: number, to: number, name: keyof ReturnType<typeof look>): number =>
        Math.min(...looks.slice(Math.floor(looks.length * from), Math.ceil(looks.length * to)).map((one) => one[name]));
      const [early, late] = [
        [0.4, 0.6],
        [0.8, 1],
      ] as const;
      expect(least(...late, 'descriptors')).toBeLessThanOrEqual(least(...early, 'descriptors') + 4);
      expect(least(...late, 'threads')).toBeLessThanOrEqual(least(...early, 'threads'));
      expect(least(...late, 'resident')).toBeLessThanOrEqual(least(...early, 'resident') * 1.15 + 16 * mebibyte);
      process.stdout.write(`soak: ${JSON.stringify(looks.at(-1))} after ${minutes} min\n`);
    },
    (minutes + 2) * 60_000,
  );
});
