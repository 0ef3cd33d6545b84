import { generateKeyPairSync } from 'node:crypto';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createRemoteJWKSet, customFetch as joseFetch } from 'jose';
import { Provider } from 'oidc-provider';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createEgress, type EgressSettings } from '../../../adapters/egress/egress.ts';
import { createGuardedFetch } from '../../../adapters/egress/guarded-fetch.ts';
import { selfSigned } from '../../support/certificate.ts';
import { type Receiver, startReceiver } from '../../support/receiver.ts';
import { createUpstreamMemory } from '../../support/upstream-memory.ts';

const tls = selfSigned('idp.example');
const trusted = getCACertificates('default');
let receiver: Receiver;
beforeAll(async () => {
  setDefaultCACertificates([...trusted, tls.cert]);
  receiver = await startReceiver(tls);
});
afterEach(() => {
  receiver.received.length = 0;
});
afterAll(async () => {
  setDefaultCACertificates(trusted);
  await receiver?.close();
});

const guarded = (settings: Partial<EgressSettings> = {}, mostRead?: number) =>
  createGuardedFetch(
    createEgress({
      allowedRanges: ['127.0.0.0/8'],
      loopback: false,
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
      ...settings,
    }),
    mostRead,
  );
const url = (path = '/'): string => `https://idp.example:${receiver.port}${path}`;

describe('a fetch that is guarded', () => {
  it('sends what it was given and answers what came', async () => {
    receiver.answer((_, response) => response.writeHead(201, { 'content-type': 'application/json', 'x-two': ['a', 'b'] }).end('{"a":"ü"}'));
    const headers = {
      'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8',
      authorization: 'Basic eA==',
      host: 'evil.example',
    };
    const answer = await guarded()(url('/token?x=1'), { method: 'post', headers, body: new URLSearchParams({ code: 'a b' }) });
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('x-two')]).toEqual([201, 'application/json', 'a, b']);
    expect(await answer.json()).toEqual({ a: 'ü' });
    const [{ body, path, headers: sent } = { body: '', path: '', headers: {} }] = receiver.received;
    expect([body, path, sent['content-type'], sent.authorization, sent['content-length']]).toEqual([
      'code=a+b',
      '/token?x=1',
      'application/x-www-form-urlencoded;charset=UTF-8',
      'Basic eA==',
      '8',
    ]);
    expect(sent.host).toBe(`idp.example:${receiver.port}`);
  });

  it.each([204, 304, 404, 503])('answers %i as it came', async (status) => {
    receiver.answer((_, response) => response.writeHead(status).end());
    expect(await guarded()(url())).toMatchObject({ status, body: status < 400 ? null : expect.anything() });
  });

  it.each(['follow', 'manual', 'error'] as const)('follows no redirect, even under `redirect: %s`', async (redirect) => {
    receiver.answer((_, response) => response.writeHead(302, { location: url('/elsewhere') }).end());
    const answer = await guarded()(url(), { redirect });
    expect([answer.status, answer.headers.get('location')]).toEqual([302, url('/elsewhere')]);
    expect(receiver.received).toHaveLength(1);
  });

  it('takes a body up to the limit, and nothing beyond it', async () => {
    receiver.answer((_, response) => response.writeHead(200).end('x'.repeat(1_000)));
    expect(await (await guarded({}, 1_000)(url())).text()).toHaveLength(1_000);
    await expect(guarded({}, 999)(url())).rejects.toThrow(/more than 999 bytes/);
  });

  it('takes no body that breaks off', async () => {
    receiver.answer((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{}');
      setImmediate(() => response.destroy());
    });
    await expect(guarded()(url())).rejects.toThrow(/cannot be reached/);
  });

  it('gives up at its time limit', async () => {
    receiver.answer((_, response) => response.writeHead(200).write('x'));
    await expect(guarded({ deadline: 200 })(url())).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('gives up when its caller does, with the reason of the caller', async () => {
    receiver.answer(() => undefined);
    const reason = new Error('enough');
    const gaveUp = new AbortController();
    const answer = guarded()(url(), { signal: gaveUp.signal });
    gaveUp.abort(reason);
    await expect(answer).rejects.toBe(reason);
    await expect(guarded()(url(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('reads a key set for `jose`', async () => {
    receiver.answer((_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"keys":[]}'));
    const keys = createRemoteJWKSet(new URL(url('/jwks')), { [joseFetch]: guarded() });
    await keys.reload();
    expect(keys.jwks()).toEqual({ keys: [] });
  });

  it('sends logout tokens for `oidc-provider`, and not to where it must not', async () => {
    const provider = new Provider('https://stepward.example', {
      clients: ['127.0.0.1', '10.0.0.1'].map((id) => ({
        client_id: id,
        client_secret: 's',
        redirect_uris: [],
        response_types: [],
        grant_types: [],
        backchannel_logout_uri: url('/logout'),
      })),
      adapter: createUpstreamMemory(),
      jwks: {
        keys: [{ ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }), kty: 'RSA' }],
      } as never,
      features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: false } },
      fetch: (input, init) => guarded({ resolve: async () => [{ address: called, family: 4 }] })(String(input), init),
    });
    let called = '127.0.0.1';
    const logout = async (clientId: string): Promise<void> => {
      called = clientId;
      const client = (await provider.Client.find(clientId)) as unknown as { backchannelLogout(sub: string): Promise<void> };
      await client.backchannelLogout('alice');
    };
    receiver.answer((_, response) => response.writeHead(204).end());
    await logout('127.0.0.1');
    expect(receiver.received.map(({ body, path }) => [path, body.slice(0, 16)])).toEqual([['/logout', 'logout_token=eyJ']]);
    await expect(logout('10.0.0.1')).rejects.toThrow(/may not be called/);
    expect(receiver.received).toHaveLength(1);
  });

  it('calls http on loopback in development, and nowhere else', async () => {
    const clear = await startReceiver();
    const address = `http://127.0.0.1:${clear.port}/`;
    expect((await guarded({ loopback: true })(address)).status).toBe(204);
    await expect(guarded()(address)).rejects.toThrow(/may not be called/);
    await expect(guarded({ loopback: true })('http://idp.example/')).rejects.toThrow(/may not be called/);
    expect(clear.received).toHaveLength(1);
    await clear.close();
  });
});
