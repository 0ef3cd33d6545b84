import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { interactionPolicy, Provider } from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProviderKeys } from '../../../adapters/oidc/key-rotation.ts';
import { createStorageAdapter } from '../../../adapters/oidc/storage.ts';
import { createSwappable } from '../../../adapters/oidc/swappable.ts';
import { createRandom } from '../../../adapters/secrets/random.ts';
import { createSecrets } from '../../../adapters/secrets/secrets.ts';
import { createStore } from '../../../adapters/store/create-store.ts';
import { createPolicies } from '../../../core/index.ts';

const hour = 3_600_000;
const secrets = createSecrets({ keys: [{ id: 'test', key: new Uint8Array(32).fill(7) }] });
const audience = 'https://api.example';
const redirectUri = 'https://app.example/callback';
const client = {
  client_id: 'app',
  client_secret: 'a secret of the application, long enough',
  redirect_uris: [redirectUri],
  grant_types: ['authorization_code'],
  response_types: ['code' as const],
};

/** One issuer behind which any number of nodes stand, as behind a load balancer: each request says which node takes it. */
const createIssuer = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stepward-rotation-'));
  const random = createRandom();
  // the library has the clock of the machine; of the keys alone it is moved
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const uuid = () => random.uuid(now());
  const closing: (() => Promise<unknown>)[] = [];
  const nodes: ((request: IncomingMessage, response: ServerResponse) => Promise<unknown>)[] = [];
  const server: Server = createServer((request, response) => {
    nodes[Number(request.headers['x-node'] ?? 0)]?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const start = async () => {
    const store = await createStore(`sqlite:${join(folder, 'stepward.db')}`, { now, uuid, warn: () => undefined });
    await store.migrate();
    closing.push(() => store.close());
    const policies = createPolicies({ store, now, uuid });
    const adapter = createStorageAdapter({
      state: store.providerState,
      secrets,
      now: Date.now,
      epoch: async () => 0,
      warn: (message) => {
        throw new Error(message);
      },
      clients: async (id) => (id === client.client_id ? client : undefined),
    });
    const policy = interactionPolicy.base();
    policy.remove('consent');
    const provider = createSwappable(
      { policies, secrets, now },
      ({ jwks }) =>
        new Provider(issuer, {
          adapter,
          jwks: { keys: [...jwks.keys] },
          cookies: { keys: ['a key of the cookies'] },
          findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
          interactions: { policy, url: (_, { uid }) => `/interaction/${uid}` },
          loadExistingGrant: async ({ oidc }) => {
            const grant = new oidc.provider.Grant({ accountId: oidc.account?.accountId, clientId: oidc.client?.clientId });
            grant.addOIDCScope('openid');
            grant.addResourceScope(audience, 'read');
            await grant.save();
            return grant;
          },
          features: {
            devInteractions: { enabled: false },
            resourceIndicators: {
              enabled: true,
              defaultResource: () => audience,
              useGrantedResource: () => true,
              getResourceServerInfo: () => ({ scope: 'read', audience, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }),
            },
          },
          pkce: { required: () => false },
          ttl: { Interaction: 600, Grant: 600, Session: 600, AccessToken: 600, IdToken: 600 },
        }),
    );
    nodes.push(async (request, response) => {
      await policies.fresh();
      const built = await provider();
      // the way back from the interaction: whoever comes is signed in
      if (request.url?.startsWith('/interaction/')) return built.interactionFinished(request, response, { login: { accountId: 'ann' } });
      return built.callback()(request, response);
    });
    return { keys: createProviderKeys(policies, secrets, now), number: String(nodes.length - 1) };
  };
  return {
    issuer,
    start,
    pass: (ms: number) => {
      ahead += ms;
    },
    end: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      for (const close of closing) await close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
type Issuer = Awaited<ReturnType<typeof createIssuer>>;

describe('signing keys that change while people sign in', () => {
  let at: Issuer;
  beforeAll(async () => {
    at = await createIssuer();
  });
  afterAll(() => at.end());

  /** A browser of its own; each of its requests goes to the node that is named. */
  const browser = () => {
    const cookies = new Map<string, string>();
    return async (url: string, node: string): Promise<string> => {
      const response = await fetch(new URL(url, at.issuer), {
        redirect: 'manual',
        headers: { 'x-node': node, cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      });
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        cookies.set(name, value);
      }
      expect(response.status, await response.text()).toBe(303);
      return response.headers.get('location') ?? '';
    };
  };
  const begin = `/auth?${new URLSearchParams({ client_id: 'app', response_type: 'code', scope: 'openid read', redirect_uri: redirectUri })}`;
  const exchange = async (location: string, node: string) => {
    const code = new URL(location).searchParams.get('code') ?? '';
    const response = await fetch(`${at.issuer}/token`, {
      method: 'POST',
      headers: { 'x-node': node, authorization: `Basic ${btoa(`app:${encodeURIComponent(client.client_secret)}`)}` },
      body: new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: redirectUri }),
    });
    expect(response.status, await response.clone().text()).toBe(200);
    return (await response.json()) as { readonly id_token: string; readonly access_token: string };
  };
  const signIn = async (node: string) => {
    const go = browser();
    const interaction = await go(begin, node);
    return exchange(await go(await go(interaction, node), node), node);
  };
  const verifierOf = (node: string) =>
    createRemoteJWKSet(new URL(`${at.issuer}/jwks`), { headers: { 'x-node': node }, cacheMaxAge: hour, cooldownDuration: hour });
  type Verifier = ReturnType<typeof verifierOf>;
  const verified = async (tokens: Awaited<ReturnType<typeof exchange>>, ...verifiers: readonly Verifier[]) => {
    for (const verifier of verifiers) {
      await jwtVerify(tokens.id_token, verifier, { issuer: at.issuer, audience: 'app', algorithms: ['RS256'] });
      await jwtVerify(tokens.access_token, verifier, { issuer: at.issuer, audience, algorithms: ['ES256'], typ: 'at+jwt' });
    }
    return [tokens.id_token, tokens.access_token].map((token) => decodeProtectedHeader(token).kid);
  };

  it('verify throughout, on two nodes and on one that is started later, for whoever keeps the key set for its longest time', async () => {
    const [one, other] = [await at.start(), await at.start()];
    const first = verifierOf(one.number);
    const before = await signIn(one.number);
    const oldKids = await verified(before, first);
    // a sign-in that is at its interaction when the keys are published, and has its code when they begin to sign
    const go = browser();
    const interaction = await go(begin, one.number);

    expect((await one.keys.rotate('operator')).done).toBe('publish');
    const resume = await go(interaction, other.number);
    const stale = verifierOf(other.number);
    expect(await verified(await signIn(other.number), first, stale)).toEqual(oldKids);
    const location = await go(resume, other.number);

    at.pass(hour);
    expect((await other.keys.rotate('operator')).done).toBe('sign');
    const late = await at.start();
    const newest = verifierOf(late.number);
    const tokens = await exchange(location, one.number);
    // `first` was read before the new keys were published: its longest time is over, `stale` was read since and is not
    const kids = await verified(tokens, stale, newest, verifierOf(one.number), verifierOf(other.number));
    expect(kids.some((kid) => oldKids.includes(kid))).toBe(false);
    for (const { number } of [one, other, late]) expect(await verified(await signIn(number), stale, newest)).toEqual(kids);
    // what the old keys signed
    for (const { number } of [one, other, late]) await verified(before, verifierOf(number));

    at.pass(24 * hour);
    expect((await late.keys.rotate('operator')).done).toBe('remove');
    for (const { number } of [one, other, late]) {
      await expect(verified(before, verifierOf(number))).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
      expect(await verified(await signIn(number), stale, verifierOf(number))).toEqual(kids);
    }
  });
});
