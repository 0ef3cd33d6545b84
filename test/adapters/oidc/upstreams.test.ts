import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createUpstreamBrowser } from '../../support/upstream-browser.ts';
import { labClient, publicUrl, upstreamSide } from '../../support/upstream-client.ts';
import { startUpstream, type UpstreamProvider } from '../../support/upstream-provider.ts';

let lab: UpstreamProvider;
beforeAll(async () => {
  lab = await startUpstream({ clients: [labClient()] });
});
afterAll(() => lab.close());

describe('a sign-in at an upstream', () => {
  it('comes back with what the provider says of the user, and nothing of the protocol', async () => {
    const { upstreams, record, logs, close } = await upstreamSide();
    const upstream = record(lab);
    const began = Date.now();
    const address = await upstreams.begin(upstream, { uid: 'interaction-1' });
    const back = await createUpstreamBrowser().signIn(address, 'alice');
    expect(back.href).toMatch(`${publicUrl}/oidc/callback/corp?`);
    expect(await upstreams.interactionOf('corp', back.searchParams.get('state') ?? '')).toBe('interaction-1');

    const login = await upstreams.finish(upstream, 'interaction-1', back.searchParams);
    expect(logs).toEqual([]);
    expect(login).toEqual({
      upstream: 'corp',
      iss: lab.issuer,
      sub: 'alice',
      sid: expect.any(String),
      acr: 'urn:lab:password',
      amr: ['pwd'],
      at: expect.any(Number),
      claims: { email: 'alice@example.org', email_verified: true, name: 'Alice Adams', preferred_username: 'alice' },
      idToken: expect.any(String),
    });
    expect(login.at).toBeGreaterThan(began - 2_000);
    await close();
  });
});
