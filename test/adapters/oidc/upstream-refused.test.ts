import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { labClient, type UpstreamSide, upstreamSide } from '../../support/upstream-client.ts';
import { type Claims, type Endpoint, type Fault, foreignJwk } from '../../support/upstream-faults.ts';
import { startUpstream, type UpstreamProvider } from '../../support/upstream-provider.ts';

let lab: UpstreamProvider;
let side: UpstreamSide;
beforeAll(async () => {
  [lab, side] = await Promise.all([startUpstream({ clients: [labClient()] }), upstreamSide({ deadline: 1_000 })]);
});
afterEach(() => {
  lab.faults.clear();
  side.logs.length = 0;
});
afterAll(() => Promise.all([lab.close(), side.close()]));

const later = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;
const endpoints: readonly Endpoint[] = ['token', 'userinfo', 'jwks'];
const failures = endpoints.flatMap((at) =>
  (['error', 'elsewhere', 'no-json', 'endless', 'hang'] as const).map((fails): [string, Fault, RegExp] => [
    `${at} goes wrong: ${fails}`,
    { at, fails },
    /.+/,
  ]),
);

/** What is wrong, the fault that makes it so, and what the log says of it. */
const wrongs: readonly (readonly [string, Fault, RegExp])[] = [
  ['an ID token of another issuer', { idToken: { iss: 'https://evil.example' } }, /"iss"/],
  ['an ID token for another client', { idToken: { aud: 'somebody-else' } }, /"aud"/],
  ['an ID token for this client among others, without `azp`', { idToken: { aud: ['stepward-corp', 'another'] } }, /"aud"/],
  ['an ID token that another client was given', { idToken: { aud: ['stepward-corp', 'another'], azp: 'another' } }, /"azp"/],
  ['an ID token whose `azp` is another client', { idToken: { azp: 'another' } }, /`azp`/],
  ['an ID token with another nonce', { idToken: { nonce: 'of-another-sign-in' } }, /"nonce"/],
  ['an ID token without a nonce', { idToken: { nonce: undefined } }, /"nonce"/],
  ['an ID token that is over', { idToken: { exp: later(-31) } }, /"exp"/],
  ['an ID token without an end', { idToken: { exp: undefined } }, /"exp"/],
  ['an ID token that is not valid yet', { idToken: { nbf: later(600) } }, /"nbf"/],
  ['an ID token from the future', { idToken: { iat: later(600) } }, /from the future/],
  ['an ID token without a time', { idToken: { iat: undefined } }, /"iat"/],
  ['a sign-in in the future', { idToken: { auth_time: later(600) } }, /from the future/],
  ['a sign-in at a time that is no number', { idToken: { auth_time: 'yesterday' } }, /auth_time/],
  ['nobody', { idToken: { sub: undefined } }, /"sub"/],
  ['a `sub` that is no text', { idToken: { sub: 7 } }, /"sub"/],
  ['a `sub` that is empty', { idToken: { sub: '' } }, /`sub`/],
  ['a `sub` without measure', { idToken: { sub: 'x'.repeat(256) } }, /`sub`/],
  ['a `sid` that is no text', { idToken: { sid: { a: 1 } } }, /`sid`/],
  ['an ID token without measure', { idToken: { name: 'x'.repeat(50_000) } }, /ID token is too long/],
  ['claims without measure', { at: 'userinfo', changes: { name: 'x'.repeat(70_000) } }, /claims are too long/],
  ['`alg` none', { signing: 'none' }, /"alg"/],
  ['a signature that is missing', { signing: 'no-signature' }, /signature/],
  ['HS256 with the public key', { signing: 'hs256-with-public-key' }, /"alg"/],
  ['the signature of another key', { signing: 'foreign-key' }, /signature/],
  ['a key that nobody publishes', { signing: 'unknown-kid' }, /no applicable keys/],
  ['a payload that was changed', { signing: 'changed-payload' }, /signature/],
  ['no ID token', { at: 'token', changes: { id_token: undefined } }, /"id_token"/],
  ['an ID token that is none', { at: 'token', changes: { id_token: 'x.y' } }, /Invalid JWT/],
  ['an encrypted ID token', { at: 'token', changes: { id_token: 'a.b.c.d.e' } }, /JWE/],
  ['no access token', { at: 'token', changes: { access_token: undefined } }, /"access_token"/],
  ['an access token of a strange type', { at: 'token', changes: { token_type: 'mac' } }, /token_type/],
  ['userinfo of somebody else', { at: 'userinfo', changes: { sub: 'bob' } }, /"sub"/],
  ['userinfo of nobody', { at: 'userinfo', changes: { sub: undefined } }, /"sub"/],
  ['a key set without keys', { at: 'jwks', changes: { keys: undefined } }, /no keys/],
  ['a return of another provider (mix-up)', { response: { iss: 'https://evil.example' } }, /"iss"/],
  ['a return that does not say of which provider', { response: { iss: undefined } }, /"iss"/],
  [
    'a refusal by another provider (mix-up)',
    { response: { iss: 'https://evil.example', code: undefined, error: 'access_denied' } },
    /"iss"/,
  ],
  ['a return that says it twice', { response: { iss: ['https://evil.example', 'https://evil.example'] } }, /only once/],
  ['a return with two codes', { response: { code: ['one', 'two'] } }, /only once/],
  ['a return without a code', { response: { code: undefined } }, /no authorization code/],
  ['a code that the provider does not know', { response: { code: 'made-up' } }, /invalid_grant/],
  ['a return with an ID token', { response: { id_token: 'a.b.c' } }, /hybrid/],
  ['a return in a JWT', { response: { response: 'a.b.c' } }, /JARM/],
  ...failures,
];

/** Everything that must not be in a log. */
const secretsIn = (back: URLSearchParams): readonly string[] =>
  ['state', 'code'].flatMap((name) => back.getAll(name)).filter((one) => one.length > 20);

describe('a sign-in is refused', () => {
  it.each(wrongs)('%s', async (_, fault, reason) => {
    const upstream = side.record(lab);
    lab.faults.use(fault);
    const back = await side.goTo(upstream, 'alice');
    await expect(side.upstreams.finish(upstream, 'uid-1', back)).rejects.toMatchObject({
      error: 'temporarily_unavailable',
      message: 'the identity provider cannot be used',
    });
    expect(side.logs).toHaveLength(1);
    expect(side.logs[0]).toMatch(reason);
    expect(side.logs[0]).not.toMatch(/eyJ|client-secret|snippet/);
    for (const secret of secretsIn(back)) expect(side.logs[0]).not.toContain(secret);
    // and what was refused once cannot be tried again when all is well
    lab.faults.clear();
    await expect(side.upstreams.finish(upstream, 'uid-1', back)).rejects.toMatchObject({ error: 'temporarily_unavailable' });
  });

  const brought: readonly (readonly [string, Claims])[] = [
    ['in the token', { jwk: foreignJwk }],
    ['at an address of the token', { jku: 'https://evil.example/jwks', x5u: 'https://evil.example/cert' }],
    ['in a certificate of the token', { x5c: ['MIIB'] }],
    ['by a hostile name', { kid: '../../../../dev/null' }],
    ['by a name that is a query', { kid: "' OR 1=1 --" }],
    ['by a name that is no text', { kid: { toString: 1 } }],
    ['by a name without measure', { kid: 'x'.repeat(100_000) }],
    ['by no name', { kid: undefined }],
  ];
  it.each(brought)('that names its key %s', async (_, header) => {
    const upstream = side.record(lab);
    lab.faults.use({ signing: 'foreign-key' }, { header });
    await expect(side.upstreams.finish(upstream, 'uid-1', await side.goTo(upstream, 'alice'))).rejects.toMatchObject({
      error: 'temporarily_unavailable',
    });
    expect(side.logs.join()).toMatch(/signature|no applicable keys|too long/);
  });

  it('that wants an extension understood', async () => {
    const upstream = side.record(lab);
    lab.faults.use({ header: { crit: ['b64'], b64: true } });
    await expect(side.upstreams.finish(upstream, 'uid-1', await side.goTo(upstream, 'alice'))).rejects.toMatchObject({
      error: 'temporarily_unavailable',
    });
    expect(side.logs.join()).toMatch(/crit/);
  });

  it('whose ID token is a megabyte', async () => {
    const upstream = side.record(lab);
    lab.faults.use({ idToken: { more: 'x'.repeat(1_000_000) } });
    await expect(side.upstreams.finish(upstream, 'uid-1', await side.goTo(upstream, 'alice'))).rejects.toMatchObject({
      error: 'temporarily_unavailable',
    });
    expect(side.logs.join()).toMatch(/more than 1000000 bytes/);
  });

  it('by a state that was changed on its way', async () => {
    const upstream = side.record(lab);
    lab.faults.use({ response: { state: 'x'.repeat(43) } });
    const back = await side.goTo(upstream, 'alice');
    const before = lab.requests('token').length;
    expect(await side.upstreams.interactionOf('corp', back.get('state') ?? '')).toBeUndefined();
    await expect(side.upstreams.finish(upstream, 'uid-1', back)).rejects.toMatchObject({ error: 'temporarily_unavailable' });
    expect(lab.requests('token')).toHaveLength(before);
  });
});

describe('a discovery document is refused', () => {
  const documents: readonly (readonly [string, Claims, RegExp])[] = [
    ['of another issuer', { issuer: 'https://evil.example' }, /issuer/],
    ['whose issuer differs by a slash', { issuer: 'with-slash' }, /another issuer/],
    ['without a key set', { jwks_uri: undefined }, /no key set/],
    ['whose key set is no URL', { jwks_uri: 'jwks' }, /Invalid URL/],
    ['without an authorization endpoint', { authorization_endpoint: undefined }, /authorization_endpoint/],
    ['whose authorization endpoint is a script', { authorization_endpoint: 'javascript:alert(1)' }, /HTTP and HTTPS/],
  ];
  it.each(documents)('%s', async (_, changes, reason) => {
    const upstream = side.record(lab);
    const issuer = changes.issuer === 'with-slash' ? `${lab.issuer}/` : changes.issuer;
    lab.faults.use({ at: 'discovery', changes: issuer === undefined ? changes : { issuer } });
    await expect(side.upstreams.begin(upstream, { uid: 'uid-1' })).rejects.toMatchObject({ error: 'temporarily_unavailable' });
    expect(side.logs.join()).toMatch(reason);
  });

  const places: readonly (readonly [string, Claims])[] = [
    ['a key set at a metadata service', { jwks_uri: 'https://169.254.169.254/latest' }],
    ['a token endpoint in a private network', { token_endpoint: 'https://10.0.0.1/token' }],
    ['userinfo in a private network, in clear', { userinfo_endpoint: 'http://192.168.0.1/me' }],
    ['no algorithm but those with a secret, and none', { id_token_signing_alg_values_supported: ['HS256', 'none'] }],
  ];
  it.each(places)('when it names %s, the sign-in fails', async (_, changes) => {
    const upstream = side.record(lab);
    lab.faults.use({ at: 'discovery', changes });
    await expect(side.upstreams.finish(upstream, 'uid-1', await side.goTo(upstream, 'alice'))).rejects.toMatchObject({
      error: 'temporarily_unavailable',
    });
    expect(side.logs.join()).toMatch(
      'token_endpoint' in changes || 'jwks_uri' in changes || 'userinfo_endpoint' in changes ? /may not be called/ : /"alg"/,
    );
  });

  it('when it lists what must not be trusted beside what may', async () => {
    lab.faults.use(
      { at: 'discovery', changes: { id_token_signing_alg_values_supported: ['none', 'HS256', 'RS256'] } },
      { signing: 'none' },
    );
    const upstream = side.record(lab);
    await expect(side.upstreams.finish(upstream, 'uid-1', await side.goTo(upstream, 'alice'))).rejects.toMatchObject({
      error: 'temporarily_unavailable',
    });
    expect(side.logs.join()).toMatch(/unexpected JWT "alg"/);
  });
});
