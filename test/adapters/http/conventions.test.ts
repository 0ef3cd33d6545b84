import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StepwardError } from '../../../core/index.ts';
import { basic, type Running, running, serverKey } from './running.ts';

const track = '/v1/users/u/actions/signIn';
let server: Running;
let failure: unknown;
beforeAll(async () => {
  server = await running({
    script: {
      getUser: () => {
        if (failure) throw failure;
        return { isEnrolled: false, emailVerified: false, phoneNumberVerified: false };
      },
    },
  });
});
afterAll(() => server.stop());

const failing = async (error: unknown) => {
  failure = error;
  const answer = await server.call('GET', '/v1/users/u');
  failure = undefined;
  return answer;
};

describe('every answer', () => {
  it('is exactly application/json, uncached, with a request id', async () => {
    const { headers } = await server.call('GET', '/v1/users/u');
    expect(headers['content-type']).toBe('application/json');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers['x-powered-by']).toBeUndefined();
  });

  it('has its own request id', async () => {
    const ids = await Promise.all([1, 2, 3].map(async () => (await server.call('GET', '/v1/users/u')).headers['x-request-id']));
    expect(new Set(ids).size).toBe(3);
  });

  it('without content has no content type', async () => {
    const { status, headers, text } = await server.call('DELETE', '/v1/users/u');
    expect([status, headers['content-type'], headers['content-length'], text]).toEqual([204, undefined, undefined, '']);
    expect(headers['cache-control']).toBe('no-store');
  });

  it('tells the keys of tokens for five minutes', async () => {
    const { status, headers, body } = await server.call('GET', '/v1/client/public/test/.well-known/jwks', undefined, { key: null });
    expect([status, headers['cache-control'], body.keys]).toEqual([200, 'public, max-age=300', [{ kty: 'OKP', kid: 'k1' }]]);
    expect((await server.call('GET', '/v1/client/public/other/.well-known/jwks', undefined, { key: null })).status).toBe(404);
  });

  it('shows the same headers for a known and an unknown user', async () => {
    const names = async (path: string) => Object.keys((await server.call('GET', path)).headers);
    expect(await names('/v1/users/known')).toEqual(await names('/v1/users/nobody'));
  });
});

describe('errors', () => {
  it('have one body', async () => {
    const { status, body } = await failing(
      new StepwardError('idempotency_conflict', 'another request had this key', { details: [{ pointer: '/x' }], state: 'ALLOW' }),
    );
    expect(status).toBe(409);
    expect(body).toEqual({
      error: 'idempotency_conflict',
      errorCode: 'idempotency_conflict',
      errorDescription: 'another request had this key',
      requestId: expect.any(String),
      details: [{ pointer: '/x' }],
      state: 'ALLOW',
    });
  });

  it('tell their request id', async () => {
    const { body, headers } = await failing(new StepwardError('not_found', 'nothing'));
    expect(body.requestId).toBe(headers['x-request-id']);
  });

  it('round Retry-After up to whole seconds', async () => {
    expect((await failing(new StepwardError('too_many_requests', 'slower', { retryAfter: 2.1 }))).headers['retry-after']).toBe('3');
    expect((await failing(new StepwardError('too_many_requests', 'slower', { retryAfter: 0 }))).headers['retry-after']).toBe('1');
    expect((await failing(new StepwardError('idempotency_in_progress', 'wait'))).headers['retry-after']).toBe('1');
    expect((await failing(new StepwardError('unavailable', 'no database'))).headers['retry-after']).toBe('1');
  });

  it.each([
    ['an unforeseen error', new Error('SELECT secret FROM users')],
    ['an internal one', new StepwardError('internal_error', 'sealed under key k9')],
    ['a thrown text', 'boom at /srv/stepward'],
  ])('%s is told to the log and not to the caller', async (_, error) => {
    server.logged.length = 0;
    const { status, body, text } = await failing(error);
    expect([status, body.error]).toEqual([500, 'internal_error']);
    expect(text).not.toMatch(/SELECT|k9|srv/);
    expect(server.logged).toEqual([{ event: 'http.failed', requestId: body.requestId, method: 'GET', route: '/v1/users/{userId}', error }]);
  });

  it('a foreseen refusal is not logged', async () => {
    server.logged.length = 0;
    await failing(new StepwardError('not_found', 'nothing'));
    expect(server.logged).toEqual([]);
  });

  it('an answer that does not come is 503 within the deadline', async () => {
    const slow = await running({ script: { getUser: () => new Promise(() => undefined) }, http: { deadline: 50 } });
    const { status, body, headers } = await slow.call('GET', '/v1/users/u');
    expect([status, body.error, headers['retry-after']]).toEqual([503, 'unavailable', '1']);
    expect(slow.logged.map(({ event }) => event)).toEqual(['http.late']);
    await slow.stop();
  });
});

describe('bodies', () => {
  const tracked = async (raw: string | Buffer, headers: Readonly<Record<string, string>> = {}) => {
    server.calls.length = 0;
    return server.call('POST', track, undefined, { raw, headers });
  };

  it.each([
    ['malformed', '{"a":'],
    ['an array', '[1]'],
    ['a string', '"x"'],
    ['null', 'null'],
    ['a number', '7'],
    ['with a byte order mark', '\ufeff{}'],
    ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['21 deep', `{"a":${'['.repeat(20)}${']'.repeat(20)}}`],
    ['10,000 deep', `{"custom":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
    ['with U+0000', '{"username":"a\\u0000b"}'],
    ['with half of a surrogate pair', '{"username":"a\\ud800b"}'],
  ])('%s: refused', async (_, raw) => {
    const { status, body } = await tracked(raw);
    expect([status, body.error]).toEqual([400, 'invalid_request']);
    expect(server.calls).toEqual([]);
  });

  it.each([
    ['20 deep', `{"a":${'['.repeat(19)}${']'.repeat(19)}}`],
    ['brackets within strings', `{"username":"${'['.repeat(100)}\\"${'{'.repeat(50)}"}`],
    ['blank', '  \n'],
    ['escaped text', '{"username":"\\u00e9\\ud83d\\ude00"}'],
  ])('%s: taken', async (_, raw) => {
    expect((await tracked(raw)).status).toBe(200);
  });

  it('none at all counts as {}', async () => {
    const { status } = await server.call('POST', track);
    expect(status).toBe(200);
    expect(server.calls.at(-1)?.args).toEqual([{ userId: 'u', action: 'signIn' }]);
  });

  it('10 MB are refused before they are read', async () => {
    const { status, body } = await tracked(`{"custom":{"a":"${'x'.repeat(10_000_000)}"}}`);
    expect([status, body.error]).toEqual([413, 'payload_too_large']);
  });

  it('10 MB that are announced are refused before one byte of them came', async () => {
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () =>
        socket.write(`POST ${track} HTTP/1.1\r\nHost: h\r\nAuthorization: ${basic(serverKey)}\r\nContent-Length: 10485760\r\n\r\n`),
      );
      socket.once('data', (chunk) => {
        socket.destroy();
        resolve(String(chunk));
      });
    });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('10 MB in chunks are refused too', async () => {
    const raw = `{"custom":{"a":"${'x'.repeat(1_000_000)}"}}`;
    const { status } = await tracked(raw, { 'transfer-encoding': 'chunked' });
    expect(status).toBe(413);
  });

  it('256 KiB are taken, one byte more is not', async () => {
    const filled = (bytes: number): string => `{"nobody":"${'x'.repeat(bytes - 13)}"}`;
    expect((await tracked(filled(262_144))).status).toBe(200);
    expect((await tracked(filled(262_145))).status).toBe(413);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-16',
    'application/jsonx',
    'multipart/form-data',
  ])('content type %s is refused', async (type) => {
    const { status, body } = await tracked('{}', { 'content-type': type });
    expect([status, body.error]).toEqual([415, 'unsupported_media_type']);
  });
  it.each(['application/json; charset=utf-8', 'Application/JSON', 'application/json;charset="UTF-8"'])(
    'content type %s is taken',
    async (type) => {
      expect((await tracked('{}', { 'content-type': type })).status).toBe(200);
    },
  );
  it('a compressed body is refused', async () => {
    expect((await tracked('{}', { 'content-encoding': 'gzip' })).status).toBe(415);
  });

  it.each([
    '{"custom":{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"prototype":1,"kept":1}}',
    '{"custom":{"\\u005f_proto__":{"polluted":true},"kept":1}}',
    '{"__proto__":{"polluted":true},"constructor":1,"custom":{"kept":1}}',
  ])('pollution keys are dropped at any depth: %s', async (raw) => {
    expect((await tracked(raw)).status).toBe(200);
    expect(server.calls.at(-1)?.args).toEqual([{ userId: 'u', action: 'signIn', custom: { kept: 1 } }]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('queries', () => {
  it('a repeated parameter is refused', async () => {
    const { status, body } = await server.call('GET', '/v1/users?email=a@example.org&email=b@example.org');
    expect([status, body.error]).toEqual([400, 'invalid_request']);
  });
  it('pollution names and unknown parameters are ignored', async () => {
    server.calls.length = 0;
    expect((await server.call('GET', '/v1/users?__proto__=1&constructor=2&other=3&limit=5')).status).toBe(200);
    expect(server.calls.at(-1)?.args).toEqual([{ limit: 5 }]);
  });
  it.each(['limit=0', 'limit=101', 'limit=x', 'limit=1.5', 'username=%00', 'lastEvaluatedUserId=undefined', 'token=x'])(
    '%s is refused',
    async (query) => {
      expect((await server.call('GET', `/v1/users?${query}`)).status).toBe(400);
    },
  );
});

describe('health', () => {
  it('livez and readyz answer without a key', async () => {
    for (const path of ['/livez', '/readyz']) {
      const { status, body } = await server.call('GET', path, undefined, { key: null });
      expect([status, body]).toEqual([200, { status: 'ok' }]);
    }
    expect((await server.call('HEAD', '/livez', undefined, { key: null })).status).toBe(200);
  });
  it('readyz tells that the clock of the machine was set back', async () => {
    const ahead = await running({ http: { clockAheadBySeconds: () => 3_600 } });
    expect((await ahead.call('GET', '/readyz', undefined, { key: null })).body).toEqual({ status: 'ok', clockAheadBySeconds: 3_600 });
    await ahead.stop();
  });
  it.each([
    ['ahead', -7_600, { clockDriftSeconds: 7 }],
    ['behind', 7_600, { clockDriftSeconds: -7 }],
    ['hardly ahead', -2_400, {}],
    ['hardly behind', 2_400, {}],
  ])('readyz tells that the clock is %s of the database’s', async (_, theirs, told) => {
    // half a second there and half a second back, which could as well be a difference
    let at = 1_000_000;
    const clock = async () => {
      at += 1_000;
      return at - 500 + theirs;
    };
    const store = { ...server.store, clock };
    const node = await running({ now: () => at, http: { store } });
    expect((await node.call('GET', '/readyz', undefined, { key: null })).body).toEqual({ status: 'ok', ...told });
    await node.stop();
  });
  it('readyz is 503 while the database cannot be had, livez is not', async () => {
    const broken = await running({ http: { store: { ...server.store, ping: () => Promise.reject(new Error('ECONNREFUSED 10.0.0.7')) } } });
    const { status, body, text, headers } = await broken.call('GET', '/readyz', undefined, { key: null });
    expect([status, body.error, headers['retry-after']]).toEqual([503, 'unavailable', '1']);
    expect(text).not.toContain('10.0.0.7');
    expect((await broken.call('GET', '/livez', undefined, { key: null })).status).toBe(200);
    await broken.stop();
  });
});

describe('the connection', () => {
  const said = async (raw: string, path: string, key: string | null) =>
    (await server.call('POST', path, undefined, { raw, key })).headers.connection;
  it('is kept after a refusal whose body is small, and closed where much would follow', async () => {
    expect(await said('{}', track, null)).toBe('keep-alive');
    expect(await said('{}', '/v1/nope', 'server')).toBe('keep-alive');
    expect(await said('x'.repeat(1_000_000), track, 'server')).toBe('close');
    expect(await said('x'.repeat(1_000_000), track, null)).toBe('close');
  });
});
