import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSecrets } from '../../../adapters/secrets/secrets.ts';
import { clientSecretHash, upstreamSecretContext } from '../../../core/index.ts';
import { type Running, running } from './running.ts';

let server: Running;
beforeAll(async () => {
  server = await running();
  await server.manage('POST', '/oidc-upstreams', { ...upstream, id: 'corporate' });
});
afterAll(() => server.stop());

const secrets = createSecrets({ keys: [{ id: 'k1', key: new Uint8Array(32).fill(7) }] });
const upstream = { issuer: 'https://idp.example', clientId: 'stepward', clientSecret: 'given by the upstream' };
const redirectUris = ['https://app.example/callback'];
const own = 'a-secret-that-the-application-has-already';
const other = 'the-second-secret-that-the-application-has';

let made = 0;
const client = async (more: object = {}) => {
  made += 1;
  const answer = await server.manage('POST', '/oidc-clients', { clientId: `app-${made}`, upstream: 'corporate', redirectUris, ...more });
  return { ...answer, at: `/oidc-clients/${answer.body.clientId ?? `app-${made}`}` };
};
const pointersOf = ({ body }: { readonly body: Record<string, unknown> }) =>
  (body.details as { pointer: string }[] | undefined)?.map(({ pointer }) => pointer);
const kept = async (kind: string, id: unknown) =>
  (await server.store.documentsSince(0)).documents.find((one) => one.kind === kind && one.id === id)?.body as Record<string, never>;

describe('OIDC clients of the management API', () => {
  it('a new one has the defaults, its version as ETag, and a secret that is shown once', async () => {
    const { status, body, headers, at } = await client();
    expect([status, headers.etag]).toEqual([201, '"1"']);
    const { clientSecret, ...shown } = body;
    expect(clientSecret).toMatch(/^csec_[A-Za-z0-9_-]{43}$/);
    expect(shown).toEqual({
      clientId: body.clientId,
      name: body.clientId,
      authMethod: 'client_secret_basic',
      secrets: [{ id: expect.any(String), createdAt: expect.stringMatching(/Z$/) }],
      redirectUris,
      postLogoutRedirectUris: [],
      origins: [],
      upstream: 'corporate',
      subject: 'upstream',
      claims: ['email', 'email_verified', 'name', 'given_name', 'family_name', 'preferred_username', 'locale', 'picture'],
      action: 'signIn',
      refreshAction: 'tokenRefresh',
      defaultAcr: [],
      strictAcr: true,
      failurePolicy: 'deny',
      revokeOnBlock: false,
      pkce: 'required',
      implicit: false,
      firstParty: true,
      fapi: false,
      version: 1,
      createdAt: expect.stringMatching(/Z$/),
    });
    const read = await server.manage('GET', at);
    expect([read.body, read.headers.etag]).toEqual([shown, '"1"']);
    expect((await server.manage('GET', '/oidc-clients')).body).toContainEqual(shown);
    expect(
      (await server.manage('POST', '/oidc-clients', { clientId: body.clientId, upstream: 'corporate', redirectUris })).body.error,
    ).toBe('already_exists');
  });

  it('only the keyed hash of a secret is kept, and no answer, list or audit entry has it', async () => {
    const one = await client();
    const two = await client({ clientSecret: own });
    expect(two.body).not.toHaveProperty('clientSecret');
    for (const [{ body }, text] of [
      [one, String(one.body.clientSecret)],
      [two, own],
    ] as const) {
      const record = await kept('oidc-client', body.clientId);
      expect(record?.secrets).toMatchObject([{ hash: clientSecretHash(secrets, String(body.clientId), text) }]);
    }
    const everything = [
      ...(await Promise.all(['/oidc-clients', one.at, two.at, '/audit?limit=500'].map((path) => server.manage('GET', path)))).map(
        ({ text }) => text,
      ),
      JSON.stringify((await server.store.documentsSince(0)).documents),
    ];
    for (const text of everything) expect([text.includes(own), text.includes(String(one.body.clientSecret))]).toEqual([false, false]);
    for (const text of everything.slice(0, -1)) expect(text).not.toContain('"hash"');
  });

  it('its refreshes have an action that lets them through; one that is there stays as it is', async () => {
    await client({ refreshAction: 'portalRefresh' });
    expect((await server.manage('GET', '/action-configurations/portalRefresh')).body).toMatchObject({
      defaultUserActionResult: 'ALLOW',
      policyVersion: 1,
    });
    await server.manage('POST', '/action-configurations', { actionCode: 'strictRefresh', defaultUserActionResult: 'BLOCK' });
    const { at } = await client({ refreshAction: 'strictRefresh' });
    expect((await server.manage('GET', '/action-configurations/strictRefresh')).body.defaultUserActionResult).toBe('BLOCK');
    expect((await server.manage('DELETE', '/action-configurations/strictRefresh')).body.error).toBe('in_use');
    await server.manage('PATCH', at, { refreshAction: 'laterRefresh' });
    expect((await server.manage('GET', '/action-configurations/laterRefresh')).body.defaultUserActionResult).toBe('ALLOW');
    expect((await server.manage('DELETE', '/action-configurations/strictRefresh')).status).toBe(200);
    await server.manage('PATCH', at, { refreshAction: 'strictRefresh' });
    expect((await server.manage('GET', '/action-configurations/strictRefresh')).body).toMatchObject({
      defaultUserActionResult: 'ALLOW',
      policyVersion: 2,
    });
  });

  it('an action of sign-ins is never one of refreshes, whichever client came first', async () => {
    await client({ action: 'bankSignIn', refreshAction: 'bankRefresh' });
    expect(pointersOf(await client({ refreshAction: 'bankSignIn' }))).toEqual(['/refreshAction']);
    expect(pointersOf(await client({ action: 'bankRefresh' }))).toEqual(['/action']);
  });

  it('PATCH is partial, null is the default, and what changes nothing makes no version', async () => {
    const { at } = await client({ challengeExpiresIn: 240, name: 'App' });
    const patch = async (body: object, ifMatch?: string) =>
      server.manage('PATCH', at, body, ifMatch === undefined ? {} : { headers: { 'if-match': ifMatch } });
    expect((await patch({ strictAcr: false }, '"1"')).body).toMatchObject({ strictAcr: false, challengeExpiresIn: 240, version: 2 });
    expect((await patch({ strictAcr: false }, '"1"')).body.error).toBe('precondition_failed');
    const cleared = (await patch({ strictAcr: null, challengeExpiresIn: null, name: null, claims: null }, '"2"')).body;
    expect(cleared).toMatchObject({ strictAcr: true, version: 3, name: cleared.clientId });
    expect(cleared).not.toHaveProperty('challengeExpiresIn');
    const same = await patch({ strictAcr: true, claims: null });
    expect([same.body.version, same.headers.etag]).toEqual([3, '"3"']);
    expect((await server.manage('GET', `/audit?subject=${cleared.clientId}`)).body.map(({ what }) => what)).toEqual([
      'oidc-client.updated',
      'oidc-client.updated',
      'oidc-client.created',
    ]);
  });

  it('the secrets follow the way in which it proves itself', async () => {
    const { at, body } = await client();
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
    expect(
      (await server.manage('PATCH', at, { authMethod: 'private_key_jwt', jwks: { keys: [{ ...key, x5u: 'https://x' }] } })).body,
    ).toMatchObject({
      secrets: [],
      jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: key.x, y: key.y }] },
    });
    expect((await server.manage('PATCH', at, { authMethod: 'none', jwks: null })).body).not.toHaveProperty('jwks');
    const again = (await server.manage('PATCH', at, { authMethod: null })).body;
    expect(again.clientSecret).toMatch(/^csec_/);
    expect(again.clientSecret).not.toBe(body.clientSecret);
    expect((await server.manage('GET', at)).body.secrets).toHaveLength(1);
  });

  it('two secrets may be live, one is always; an ended one is gone at once', async () => {
    const { at, body } = await client({ clientSecret: own });
    const second = await server.manage('POST', `${at}/secrets`);
    expect([second.status, second.body.clientSecret]).toEqual([201, expect.stringMatching(/^csec_/)]);
    expect(pointersOf(await server.manage('POST', `${at}/secrets`))).toEqual(['/clientSecret']);
    expect((await server.manage('POST', `${at}/secrets`, { clientSecret: own })).body.error).toBe('already_exists');
    const [first] = body.secrets as unknown as { id: string }[];
    const remove = (id: unknown, ifMatch = '*') =>
      server.manage('DELETE', `${at}/secrets/${id}`, undefined, { headers: { 'if-match': ifMatch } });
    expect((await remove(first?.id, '"1"')).body.error).toBe('precondition_failed');
    expect((await remove(first?.id)).status).toBe(200);
    expect((await remove(first?.id)).body.error).toBe('not_found');
    expect((await remove(second.body.id)).body.error).toBe('invalid_configuration');
    expect((await kept('oidc-client', body.clientId))?.secrets).toMatchObject([
      { hash: clientSecretHash(secrets, String(body.clientId), String(second.body.clientSecret)) },
    ]);
  });

  it('a secret of its own by PATCH: the same changes nothing, another is the second, a third is refused', async () => {
    const { at } = await client({ clientSecret: own });
    const give = async (clientSecret: string) => (await server.manage('PATCH', at, { clientSecret })).body;
    expect((await give(own)).version).toBe(1);
    expect(await give(other)).toMatchObject({ version: 2, secrets: [{}, {}] });
    expect(await give(own)).toMatchObject({ version: 2 });
    expect((await give('a-third-secret-that-would-be-live-as-well')).error).toBe('invalid_configuration');
  });

  it('secrets made live at once by many: two at most', async () => {
    const { at } = await client();
    const answers = await Promise.all(Array.from({ length: 6 }, () => server.manage('POST', `${at}/secrets`)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect((await server.manage('GET', at)).body.secrets).toHaveLength(2);
  });

  it('one that was removed and made again is another one', async () => {
    const { at, body } = await client();
    const before = (await kept('oidc-client', body.clientId))?.id;
    expect((await server.manage('DELETE', at, undefined, { headers: { 'if-match': '"9"' } })).status).toBe(412);
    expect((await server.manage('DELETE', at)).status).toBe(200);
    expect((await server.manage('GET', at)).status).toBe(404);
    await server.manage('POST', '/oidc-clients', { clientId: body.clientId, upstream: 'corporate', redirectUris });
    expect((await kept('oidc-client', body.clientId))?.id).not.toBe(before);
  });

  it.each<[object, string]>([
    [{ redirectUris: undefined }, '/redirectUris'],
    [{ redirectUris: [] }, '/redirectUris'],
    [{ redirectUris: 'https://app.example/callback' }, '/redirectUris'],
    [{ redirectUris: Array.from({ length: 51 }, (_, n) => `https://app.example/${n}`) }, '/redirectUris'],
    [{ redirectUris: ['https://app.example/*'] }, '/redirectUris/0'],
    [{ redirectUris: [5] }, '/redirectUris/0'],
    [{ clientId: 'a/b' }, '/clientId'],
    [{ clientId: '..' }, '/clientId'],
    [{ clientId: '' }, '/clientId'],
    [{ clientSecret: 'short' }, '/clientSecret'],
    [{ clientSecret: `${'blank '.repeat(10)}` }, '/clientSecret'],
    [{ clientSecret: own, authMethod: 'none' }, '/clientSecret'],
    [{ authMethod: 'client_secret_jwt' }, '/authMethod'],
    [{ upstream: 'nobody' }, '/upstream'],
    [{ upstream: 'constructor' }, '/upstream'],
    [{ upstream: undefined }, '/subject'],
    [{ subject: 'email' }, '/subject'],
    [{ authMethod: 'private_key_jwt' }, '/jwks'],
    [{ authMethod: 'private_key_jwt', jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', d: 'AA' }] } }, '/jwks/keys/0/d'],
    [{ jwks: [] }, '/jwks'],
    [{ jwksUri: 'http://localhost:3000/jwks' }, '/jwksUri'],
    [{ jwksUri: 'https://169.254.169.254/latest' }, '/jwksUri'],
    [{ backchannelLogoutUri: 'https://10.0.0.7/logout' }, '/backchannelLogoutUri'],
    [{ claims: ['acr'] }, '/claims/0'],
    [{ claims: { email: true } }, '/claims'],
    [{ failurePolicy: 'open' }, '/failurePolicy'],
    [{ strictAcr: 'no' }, '/strictAcr'],
    [{ challengeExpiresIn: 7200 }, '/challengeExpiresIn'],
    [{ fapi: true }, '/authMethod'],
  ])('%j is refused at %s', async (more, pointer) => {
    const answer = await client(more);
    expect([answer.status, pointersOf(answer)?.[0], answer.text.includes(own)]).toEqual([400, pointer, false]);
  });
});

describe('OIDC upstreams of the management API', () => {
  const create = (more: object) => server.manage('POST', '/oidc-upstreams', { ...upstream, ...more });

  it('a secret is sealed for its upstream, and is never shown', async () => {
    const { body, headers, status, text } = await create({ id: 'sealed' });
    expect([status, headers.etag, text.includes(upstream.clientSecret)]).toEqual([201, '"1"', false]);
    expect(body).toEqual({
      id: 'sealed',
      name: 'sealed',
      issuer: upstream.issuer,
      clientId: upstream.clientId,
      authMethod: 'client_secret_basic',
      hasClientSecret: true,
      scopes: ['openid', 'profile', 'email'],
      acrMap: {},
      trusted: false,
      domains: [],
      endSession: false,
      version: 1,
      createdAt: expect.stringMatching(/Z$/),
    });
    const record = await kept('oidc-upstream', 'sealed');
    expect(secrets.open(upstreamSecretContext('sealed'), String(record?.sealedClientSecret))).toBe(upstream.clientSecret);
    for (const path of ['/oidc-upstreams', '/oidc-upstreams/sealed', '/audit?limit=500']) {
      const answered = (await server.manage('GET', path)).text;
      expect([answered.includes(upstream.clientSecret), answered.includes('sealedClientSecret')]).toEqual([false, false]);
    }
  });

  it('the same secret again is no change, another is, and none goes only with `none`', async () => {
    await create({ id: 'turning' });
    const patch = async (body: object) => (await server.manage('PATCH', '/oidc-upstreams/turning', body)).body;
    expect(await patch({ clientSecret: upstream.clientSecret })).toMatchObject({ version: 1 });
    expect(await patch({ clientSecret: 'another' })).toMatchObject({ version: 2, hasClientSecret: true });
    expect((await patch({ clientSecret: null })).error).toBe('invalid_configuration');
    expect(await patch({ authMethod: 'none' })).toMatchObject({ version: 3, hasClientSecret: false });
    expect((await patch({ authMethod: null })).error).toBe('invalid_configuration');
    expect(await patch({ authMethod: null, clientSecret: 'another' })).toMatchObject({ authMethod: 'client_secret_basic' });
    const audit = (await server.manage('GET', '/audit?subject=turning')).text;
    expect([audit.includes('secretChanged'), audit.includes('another')]).toEqual([true, false]);
  });

  it('another issuer takes its secret along only from who knows it', async () => {
    await create({ id: 'moved' });
    const patch = (body: object) => server.manage('PATCH', '/oidc-upstreams/moved', body);
    expect(pointersOf(await patch({ issuer: 'https://evil.example' }))).toEqual(['/clientSecret']);
    expect((await patch({ issuer: 'https://idp2.example', clientSecret: upstream.clientSecret })).body).toMatchObject({ version: 2 });
  });

  it('domains are lower case and ASCII, and have one upstream', async () => {
    expect((await create({ id: 'domains', domains: ['Example.COM', 'Bücher.example'] })).body.domains).toEqual([
      'example.com',
      'xn--bcher-kva.example',
    ]);
    expect(pointersOf(await create({ id: 'taken', domains: ['free.example', 'BÜCHER.example'] }))).toEqual(['/domains/1']);
    expect(pointersOf(await create({ id: 'twice', domains: ['a.example', 'A.example'] }))).toEqual(['/domains/1']);
    expect((await server.manage('PATCH', '/oidc-upstreams/domains', { domains: ['example.com'] })).status).toBe(200);
    expect((await create({ id: 'released', domains: ['bücher.example'] })).status).toBe(201);
  });

  it('one that a client names stays; `If-Match` guards', async () => {
    const { at } = await client();
    const gone = await server.manage('DELETE', '/oidc-upstreams/corporate');
    expect([gone.status, gone.body.error, JSON.stringify(gone.body.details)]).toEqual([409, 'in_use', expect.stringContaining('clientId')]);
    await create({ id: 'unused' });
    await server.manage('PATCH', at, { upstream: 'unused' });
    expect((await server.manage('DELETE', '/oidc-upstreams/unused')).body.error).toBe('in_use');
    await server.manage('PATCH', at, { upstream: null, subject: 'own' });
    expect((await server.manage('DELETE', '/oidc-upstreams/unused', undefined, { headers: { 'if-match': '"7"' } })).status).toBe(412);
    expect((await server.manage('DELETE', '/oidc-upstreams/unused')).status).toBe(200);
    expect((await server.manage('DELETE', '/oidc-upstreams/unused')).status).toBe(404);
  });

  it('is not named and removed at the same time', async () => {
    for (let round = 0; round < 5; round += 1) {
      await create({ id: `raced-${round}` });
      const [named, removed] = await Promise.all([
        client({ upstream: `raced-${round}` }),
        server.manage('DELETE', `/oidc-upstreams/raced-${round}`),
      ]);
      expect([201, 400]).toContain(named.status);
      expect([named.status, removed.status]).toEqual(named.status === 201 ? [201, 409] : [400, 200]);
    }
  });

  it.each<[object, string]>([
    [{ id: 'a.b' }, '/id'],
    [{ id: '' }, '/id'],
    [{ issuer: undefined }, '/issuer'],
    [{ issuer: 'http://idp.example' }, '/issuer'],
    [{ issuer: 'http://localhost:9000' }, '/issuer'],
    [{ issuer: 'https://127.0.0.1:9000' }, '/issuer'],
    [{ issuer: 'https://idp.example/?x=1' }, '/issuer'],
    [{ issuer: 'https://idp.example/#x' }, '/issuer'],
    [{ issuer: 'https://user@idp.example' }, '/issuer'],
    [{ issuer: 'https://login.example/{tenantid}/v2.0' }, '/issuer'],
    [{ clientId: '' }, '/clientId'],
    [{ clientSecret: undefined }, '/clientSecret'],
    [{ clientSecret: '' }, '/clientSecret'],
    [{ authMethod: 'none' }, '/clientSecret'],
    [{ authMethod: 'private_key_jwt' }, '/authMethod'],
    [{ scopes: ['email'] }, '/scopes'],
    [{ scopes: ['openid', 'a b'] }, '/scopes/1'],
    [{ acrMap: { mfa: 'x' } }, '/acrMap'],
    [{ acrMap: { 'urn:stepward:aal2': 'a b' } }, '/acrMap/urn:stepward:aal2'],
    [{ acrMap: ['urn:stepward:aal2'] }, '/acrMap'],
    [{ domains: ['localhost'] }, '/domains/0'],
    [{ domains: ['example.com', 'https://example.com'] }, '/domains/1'],
    [{ domains: ['example.com/x'] }, '/domains/0'],
    [{ domains: ['a@example.com'] }, '/domains/0'],
    [{ domains: ['*.example.com'] }, '/domains/0'],
    [{ domains: ['127.0.0.1'] }, '/domains/0'],
    [{ domains: ['0x7f.1'] }, '/domains/0'],
    [{ domains: ['example.com.'] }, '/domains/0'],
    [{ domains: ['example.com:443'] }, '/domains/0'],
    [{ trusted: 'yes' }, '/trusted'],
  ])('%j is refused at %s', async (more, pointer) => {
    const answer = await create({ id: 'refused', ...more });
    expect([answer.status, pointersOf(answer)?.[0]]).toEqual([400, pointer]);
  });
});

describe('what the server alone writes', () => {
  const written = {
    ...{ id: 'mine', version: 99, createdAt: 0, secrets: [{ id: 's', hash: 'h', createdAt: 0 }], hash: 'h', sealedClientSecret: 'k1.x.y' },
    ...{ hasClientSecret: true, tenantId: 'other', epoch: 9, stepward_user_id: 'x' },
  };

  it('has no effect in the body of a client', async () => {
    const { at, body } = await client(written);
    await server.manage('PATCH', at, { ...written, clientId: 'other', name: 'N' });
    const record = (await kept('oidc-client', body.clientId)) as Record<string, unknown>;
    expect(record).toMatchObject({ clientId: body.clientId, name: 'N', version: 2 });
    expect(record.id).not.toBe('mine');
    expect(JSON.stringify(record)).not.toMatch(/"hash":"h"|sealed|tenantId|epoch|hasClientSecret|stepward_user_id/);
  });

  it('has none in that of an upstream', async () => {
    const { id: _, ...rest } = written;
    await server.manage('POST', '/oidc-upstreams', { ...upstream, ...rest, id: 'assigned' });
    await server.manage('PATCH', '/oidc-upstreams/assigned', { ...written, name: 'N' });
    const record = (await kept('oidc-upstream', 'assigned')) as Record<string, unknown>;
    expect(record).toMatchObject({ id: 'assigned', name: 'N', version: 2 });
    expect(secrets.open(upstreamSecretContext('assigned'), String(record.sealedClientSecret))).toBe(upstream.clientSecret);
    expect(JSON.stringify(record)).not.toMatch(/secrets|tenantId|epoch|hasClientSecret/);
  });

  it.each(['__proto__', 'constructor', 'prototype'])('nor has `%s`, at any depth', async (name) => {
    const poison = `"${name}":{"polluted":"yes","trusted":true,"firstParty":true}`;
    const raw = (fields: string) => ({ raw: `{${fields},${poison}}` });
    const key = 'management';
    const post = (path: string, fields: string) => server.call('POST', `/v1/management${path}`, undefined, { key, ...raw(fields) });
    const made = await post(
      '/oidc-upstreams',
      `"id":"p-${name}","issuer":"https://idp.example","clientId":"c","clientSecret":"s","acrMap":{${poison}}`,
    );
    expect([made.status, made.body.acrMap, made.body.trusted]).toEqual([201, {}, false]);
    const app = await post(
      '/oidc-clients',
      `"clientId":"p-${name}","subject":"own","redirectUris":["https://app.example/cb"],"jwks":{"keys":[{"kty":"EC",${poison}}],${poison}}`,
    );
    expect(pointersOf(app)?.[0]).toBe('/jwks/keys/0/kty');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('a client or upstream that every object has is not found', async () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty'])
      for (const path of ['/oidc-clients', '/oidc-upstreams']) expect((await server.manage('GET', `${path}/${name}`)).status).toBe(404);
  });
});
