import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Running, running } from './running.ts';

let server: Running;
beforeAll(async () => {
  server = await running();
});
afterAll(() => server.stop());

/** Which user a call reached, or the error that it met. */
const reached = async (path: string): Promise<unknown> => {
  server.calls.length = 0;
  const { status, body } = await server.call('GET', path);
  return status === 200 ? server.calls.map(({ name, args }) => [name, args[0]]) : [status, body.error, body.errorCode];
};

describe('user ids in paths', () => {
  const emoji = encodeURIComponent('😀');
  const right: readonly (readonly [string, string])[] = [
    ['auth0|abc%20def', 'auth0|abc def'],
    ['%C3%A9', 'é'],
    [emoji, '😀'],
    ['a%2Fb', 'a/b'],
    ['a%252Fb', 'a%2Fb'],
    ['%25', '%'],
    ['%E2%84%AB', '\u212b'],
    ['Abc', 'Abc'],
    ['authenticators', 'authenticators'],
    [emoji.repeat(255), '😀'.repeat(255)],
  ];
  it.each(right.map(([path, userId]) => [path.slice(0, 40), path, userId] as const))('%s is its own user', async (_, path, userId) => {
    expect(await reached(`/v1/users/${path}`)).toEqual([['getUser', userId]]);
  });

  const wrong = [
    '%',
    '%zz',
    '%C3',
    '..',
    '.',
    '%2e%2e',
    '%2E',
    'undefined',
    'null',
    'NaN',
    '%5Bobject%20Object%5D',
    'a%00b',
    'a%0Ab',
    'a%7Fb',
    'a%C2%85b',
    'u'.repeat(256),
    emoji.repeat(256),
  ];
  it.each(wrong.map((path) => [path.slice(0, 40), path]))('%s is refused', async (_, path) => {
    expect(await reached(`/v1/users/${path}`)).toEqual([400, 'invalid_request', 'invalid_request']);
  });

  it('an empty one is no route, and never the list of users', async () => {
    expect(await reached('/v1/users/')).toEqual([404, 'not_found', 'not_found']);
    expect(await reached('/v1/users//actions')).toEqual([404, 'not_found', 'not_found']);
  });

  it('raw bytes beyond ASCII are refused: they could be read as another user', async () => {
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () =>
        socket.write(Buffer.from('GET /v1/users/é HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n', 'utf8')),
      );
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"errorCode":"invalid_request"');
  });
});

describe('actions and keys in paths', () => {
  it.each(['sign%20in', 'a'.repeat(65), '%C3%A9', 'a.b'])('action %s is refused', async (action) => {
    expect((await server.call('POST', `/v1/users/u/actions/${action}`, {})).status).toBe(400);
  });
  it.each(['..', '...', 'k%20k', 'k'.repeat(129), '%2F'])('idempotency key %s is refused', async (key) => {
    expect((await server.call('GET', `/v1/users/u/actions/signIn/${key}`)).status).toBe(400);
  });
  it('takes the largest and every allowed character', async () => {
    expect((await server.call('GET', `/v1/users/u/actions/${'aZ0_-'.padEnd(64, 'x')}/aZ9._~:@-`)).status).toBe(200);
  });
});

describe('routes', () => {
  it('are case-sensitive and strict about slashes', async () => {
    expect((await server.call('GET', '/v1/Users/u')).status).toBe(404);
    expect((await server.call('GET', '/v1/users/u/')).status).toBe(404);
    expect((await server.call('GET', '/V1/users/u')).status).toBe(418);
  });

  it('answer an unknown route in JSON', async () => {
    const { status, body, headers } = await server.call('GET', '/v1/nope');
    expect([status, body.error, headers['content-type']]).toEqual([404, 'not_found', 'application/json']);
  });

  it('answer a wrong method with 405 and what is allowed', async () => {
    const { status, body, headers } = await server.call('PUT', '/v1/users/u/actions/signIn', {});
    expect([status, body.error, headers.allow]).toEqual([405, 'method_not_allowed', 'POST']);
    expect((await server.call('DELETE', '/v1/users', undefined)).headers.allow).toBe('GET, HEAD');
  });

  it('a static segment wins over a user of that name, for its methods', async () => {
    server.calls.length = 0;
    await server.call('POST', '/v1/users/authenticators', { authenticators: [{}] });
    await server.call('PATCH', '/v1/users/authenticators', { email: 'a@example.org' });
    expect(server.calls.map(({ name }) => name)).toEqual(['importPasskeys', 'updateUser']);
  });

  it('leave other paths alone', async () => {
    for (const path of ['/', '/challenge', '/v1x', '/console']) expect((await server.call('GET', path)).status).toBe(418);
  });

  it('a path that a client resolved itself meets the management key', async () => {
    expect((await server.call('GET', '/v1/management/tenant')).status).toBe(403);
    expect((await server.call('GET', '/v1/users/../management/tenant')).status).toBe(400);
  });

  it('/labels is not offered', async () => {
    const { status, body } = await server.call('POST', '/v1/labels', {});
    expect([status, body.error]).toEqual([404, 'not_found']);
  });
  it.each(['counters', 'forward-auth-rules', 'operators', 'labels', 'figures'])('management %s is not offered', async (path) => {
    expect((await server.manage('GET', `/${path}`)).status).toBe(404);
  });

  it('two Host headers are refused', async () => {
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () =>
        socket.write('GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n'),
      );
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"error":"invalid_request"');
  });
});
