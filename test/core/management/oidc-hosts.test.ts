import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../../support/stepward.ts';
import { type Settled, settled } from './settled.ts';

const redirectUris = ['https://portal.example/callback'];

describe('in development', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.end());

  it('this machine is called without TLS, and no other', async () => {
    const { management } = world;
    const upstream = (id: string, issuer: string) => management.createOidcUpstream('a', { id, issuer, clientId: 'c', authMethod: 'none' });
    expect(await upstream('local', 'http://localhost:9000')).toMatchObject({ issuer: 'http://localhost:9000' });
    for (const issuer of ['http://idp.example', 'http://10.0.0.1'])
      await expect(upstream('far', issuer)).rejects.toMatchObject({ extras: { details: [{ pointer: '/issuer' }] } });
    const client = { clientId: 'portal', upstream: 'local', redirectUris };
    expect(await management.createOidcClient('a', { ...client, backchannelLogoutUri: 'http://127.0.0.1:3000/out' })).toMatchObject(client);
  });
});

describe('OIDC clients and upstreams that many change at once', () => {
  let here: Settled;
  beforeAll(async () => {
    here = await settled(() => Date.UTC(2026, 0, 1));
  });
  afterAll(() => here.stop());

  const outcomes = async (calls: readonly Promise<unknown>[]): Promise<readonly string[]> =>
    (await Promise.allSettled(calls)).map((one) => (one.status === 'fulfilled' ? 'done' : String(one.reason.code))).sort();

  it('one `clientId` is registered once, and its action of refreshes made once', async () => {
    const { management, store } = here;
    const create = () => management.createOidcClient('a', { clientId: 'one', subject: 'own', redirectUris });
    expect(await outcomes([create(), create(), create()])).toEqual(['already_exists', 'already_exists', 'done']);
    expect((await store.policyVersions('tokenRefresh')).map(({ version }) => version)).toEqual([1]);
  });

  it('one domain goes to one upstream', async () => {
    const { management } = here;
    const create = (id: string) =>
      management.createOidcUpstream('a', {
        id,
        issuer: 'https://idp.example',
        clientId: 'c',
        authMethod: 'none',
        domains: ['example.com'],
      });
    expect(await outcomes(['u1', 'u2', 'u3'].map(create))).toEqual(['done', 'invalid_configuration', 'invalid_configuration']);
  });

  it('of two who saw one version one changes it', async () => {
    const { management } = here;
    const rename = (name: string) => management.updateOidcClient('a', 'one', { name }, '1');
    expect(await outcomes([rename('A'), rename('B')])).toEqual(['done', 'precondition_failed']);
  });

  it('the last two secrets are not removed together', async () => {
    const { management } = here;
    await management.addOidcClientSecret('a', 'one', {});
    const { secrets } = await management.getOidcClient('one');
    const removed = await outcomes(secrets.map(({ id }) => management.removeOidcClientSecret('a', 'one', id, undefined)));
    expect(removed).toEqual(['done', 'invalid_configuration']);
    expect((await management.getOidcClient('one')).secrets).toHaveLength(1);
  });
});
