import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startReceiver } from '../../support/receiver.ts';
import { createUpstreamBrowser } from '../../support/upstream-browser.ts';
import { labClient, publicUrl, type UpstreamSide, upstreamSide } from '../../support/upstream-client.ts';
import type { Changes, Signing } from '../../support/upstream-faults.ts';
import { startUpstream, type UpstreamProvider } from '../../support/upstream-provider.ts';

let lab: UpstreamProvider;
let side: UpstreamSide;
let upstream: ReturnType<UpstreamSide['record']>;
beforeAll(async () => {
  [lab, side] = await Promise.all([startUpstream({ clients: [labClient()] }), upstreamSide()]);
  upstream = side.record(lab);
});
afterEach(() => {
  side.logs.length = 0;
});
afterAll(() => Promise.all([lab.close(), side.close()]));

const seconds = (from: number): number => Math.floor(Date.now() / 1000) + from;
const event = 'http://schemas.openid.net/event/backchannel-logout';

type About = { readonly header?: Changes; readonly signing?: Signing };
type Case = readonly [string, Changes, About];
/** Rows without anything special about them are filled up. */
const rows = (cases: readonly (readonly [string, Changes, About?])[]): readonly Case[] =>
  cases.map(([name, claims, about = {}]) => [name, claims, about]);

const taken = rows([
  ['that names a session', { sid: 's-1' }],
  ['that names a user', { sub: 'alice' }],
  ['that names both', { sub: 'alice', sid: 's-1' }],
  ['for several clients', { sub: 'alice', aud: ['another', 'stepward-corp'] }],
  ['without an end', { sub: 'alice', exp: undefined }],
  ['from a clock that is a little ahead', { sub: 'alice', iat: seconds(25) }],
  ['of a type that says nothing', { sub: 'alice' }, { header: { typ: 'JWT' } }],
  ['of a type in full', { sub: 'alice' }, { header: { typ: 'application/logout+jwt' } }],
  ['without a type', { sub: 'alice' }, { header: { typ: undefined } }],
]);

const refused = rows([
  ['of another type', { sub: 'alice' }, { header: { typ: 'at+jwt' } }],
  ['of a type that is no text', { sub: 'alice' }, { header: { typ: 7 } }],
  ['with `alg` none', { sub: 'alice' }, { signing: 'none' }],
  ['without a signature', { sub: 'alice' }, { signing: 'no-signature' }],
  ['with HS256 and the public key', { sub: 'alice' }, { signing: 'hs256-with-public-key' }],
  ['signed by another key', { sub: 'alice' }, { signing: 'foreign-key' }],
  ['signed by a key that nobody publishes', { sub: 'alice' }, { signing: 'unknown-kid' }],
  ['whose payload was changed', { sub: 'alice' }, { signing: 'changed-payload' }],
  ['that wants an extension understood', { sub: 'alice' }, { header: { crit: ['exp'] } }],
  ['of another issuer', { sub: 'alice', iss: 'https://evil.example' }],
  ['without an issuer', { sub: 'alice', iss: undefined }],
  ['for another client', { sub: 'alice', aud: 'another' }],
  ['for nobody', { sub: 'alice', aud: undefined }],
  ['without a time', { sub: 'alice', iat: undefined }],
  ['whose time is no number', { sub: 'alice', iat: 'now' }],
  ['that is old', { sub: 'alice', iat: seconds(-400), exp: undefined }],
  ['from the future', { sub: 'alice', iat: seconds(120) }],
  ['that is over', { sub: 'alice', exp: seconds(-60) }],
  ['that is not valid yet', { sub: 'alice', nbf: seconds(60) }],
  ['without a `jti`', { sub: 'alice', jti: undefined }],
  ['whose `jti` is no text', { sub: 'alice', jti: 7 }],
  ['whose `jti` is without measure', { sub: 'alice', jti: 'x'.repeat(256) }],
  ['without events', { sub: 'alice', events: undefined }],
  ['about another event', { sub: 'alice', events: { 'http://schemas.openid.net/event/other': {} } }],
  ['whose events are a list', { sub: 'alice', events: [event] }],
  ['whose event is no object', { sub: 'alice', events: { [event]: true } }],
  ['with a nonce, as an ID token has', { sub: 'alice', nonce: 'n' }],
  ['with a nonce that is null', { sub: 'alice', nonce: null }],
  ['that names nobody', {}],
  ['whose `sub` is no text', { sub: { name: 'alice' } }],
  ['whose `sid` is empty, beside a `sub`', { sub: 'alice', sid: '' }],
  ['without measure', { sub: 'alice', more: 'x'.repeat(20_000) }],
]);

describe('a logout token is taken', () => {
  it.each(taken)('%s', async (_, claims, about) => {
    const token = lab.logoutToken(claims, about);
    expect(await side.upstreams.loggedOut(upstream, token)).toEqual({ sub: claims.sub, sid: claims.sid });
  });
});

describe('a logout token is refused', () => {
  it.each(refused)('%s', async (_, claims, about) => {
    const token = lab.logoutToken(claims, about);
    await expect(side.upstreams.loggedOut(upstream, token)).rejects.toMatchObject({ error: 'access_denied' });
    expect(side.logs).toHaveLength(1);
    expect(side.logs[0]).not.toContain(token.split('.')[1]);
  });

  it.each(['', 'x', 'a.b.c', 'a.b.c.d.e', '..', '\0', 'é.é.é'])('that is none: %j', async (token) => {
    await expect(side.upstreams.loggedOut(upstream, token)).rejects.toMatchObject({ error: 'access_denied' });
  });

  it('with any of its characters changed', async () => {
    const token = lab.logoutToken({ sub: 'alice' });
    const last = new Set(token.split('.').map((_, index, parts) => parts.slice(0, index + 1).join('.').length - 1));
    for (let at = 0; at < token.length; at += 7) {
      // the last character of a part has bits that say nothing
      if (last.has(at)) continue;
      const other = token[at] === 'A' ? 'B' : 'A';
      const changed = `${token.slice(0, at)}${other}${token.slice(at + 1)}`;
      await expect(side.upstreams.loggedOut(upstream, changed)).rejects.toMatchObject({ error: 'access_denied' });
    }
    expect(await side.upstreams.loggedOut(upstream, token)).toEqual({ sub: 'alice' });
  });

  it('that is an ID token', async () => {
    const { idToken } = await side.upstreams.finish(upstream, 'uid-1', await side.goTo(upstream, 'alice'));
    await expect(side.upstreams.loggedOut(upstream, idToken)).rejects.toMatchObject({ error: 'access_denied' });
  });

  it('when it comes again: of many at once one is taken, on any node', async () => {
    const token = lab.logoutToken({ sub: 'alice', iat: seconds(25), exp: undefined });
    const nodes = Array.from({ length: 8 }, side.node);
    const answers = await Promise.allSettled(nodes.map((node) => node.loggedOut(upstream, token)));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(side.upstreams.loggedOut(upstream, token)).rejects.toMatchObject({ error: 'access_denied' });
    // its `jti` is forgotten no sooner than it is too old
    side.pass(350_000);
    await expect(side.node().loggedOut(upstream, token)).rejects.toMatchObject({ error: 'access_denied' });
    side.pass(-350_000);
  });

  it('and one that was refused does not use up the `jti` of a good one', async () => {
    const jti = 'chosen-by-somebody-else';
    await expect(side.upstreams.loggedOut(upstream, lab.logoutToken({ jti }))).rejects.toThrow();
    expect(await side.upstreams.loggedOut(upstream, lab.logoutToken({ jti, sub: 'alice' }))).toEqual({ sub: 'alice' });
  });

  it('but where the keys cannot be had it is told to come again', async () => {
    const elsewhere = side.record(lab);
    lab.faults.use({ at: 'jwks', fails: 'error' });
    await expect(side.upstreams.loggedOut(elsewhere, lab.logoutToken({ sub: 'alice' }))).rejects.toMatchObject({
      error: 'temporarily_unavailable',
    });
    lab.faults.clear();
  });
});

describe('a user who signs out at the provider', () => {
  it('is signed out here by the token that it sends', async () => {
    const receiver = await startReceiver();
    const client = { ...labClient(), backchannel_logout_uri: `http://127.0.0.1:${receiver.port}/` };
    const provider = await startUpstream({ clients: [client] });
    const record = side.record(provider);
    const browser = createUpstreamBrowser();
    const login = await side.upstreams.finish(record, 'uid-1', await side.goTo(record, 'alice', {}, browser));
    const ask = { idToken: login.idToken, returnTo: `${publicUrl}/oidc/logged-out`, state: 'over' };
    const over = await browser.signOut((await side.upstreams.endSession(record, ask)) ?? '');
    expect(over.href).toBe(`${publicUrl}/oidc/logged-out?state=over`);
    await receiver.until(1);
    const token = new URLSearchParams(receiver.received[0]?.body).get('logout_token') ?? '';
    expect(await side.upstreams.loggedOut(record, token)).toEqual({ sid: login.sid, sub: 'alice' });
    await Promise.all([receiver.close(), provider.close()]);
  });
});
