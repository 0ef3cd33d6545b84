import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createAccessLog } from '../../../adapters/server/access-log.ts';
import type { Log } from '../../../adapters/server/log.ts';

const logOf = (level: string) => {
  const lines: unknown[] = [];
  const log = { isLevelEnabled: () => level === 'debug', debug: (fields: object) => lines.push(fields) } as unknown as Log;
  return { log, lines };
};

describe('the access log', () => {
  it('is there at `debug` alone', () => {
    expect(createAccessLog(logOf('info').log)).toBeUndefined();
  });

  it('has method, route, status and time of each answer, and nothing of a path that could name a user or be a secret', async () => {
    const { log, lines } = logOf('debug');
    const access = createAccessLog(log);
    access?.answered({ requestId: 'r-1', method: 'GET', route: '/v1/users/{userId}', status: 200, seconds: 0.0123 });
    const server = createServer((request, response) => {
      access?.watch(request.url ?? '', request.method ?? '', response);
      if (request.url === '/cut') response.destroy();
      else response.writeHead(303).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await fetch(`${origin}/challenge/link?l=secret`, { redirect: 'manual' });
    await fetch(`${origin}/?code=secret`, { redirect: 'manual' });
    await fetch(`${origin}/cut`).catch(() => undefined);
    await new Promise((resolve) => server.close(resolve));
    const ms = expect.any(Number);
    expect(lines).toEqual([
      { event: 'http.answered', requestId: 'r-1', method: 'GET', route: '/v1/users/{userId}', status: 200, ms: 12 },
      { event: 'http.answered', method: 'GET', route: '/challenge', status: 303, ms },
      { event: 'http.answered', method: 'GET', route: '/', status: 303, ms },
      { event: 'http.answered', method: 'GET', route: '/cut', status: 0, ms },
    ]);
  });
});
