import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request as ask } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startUpstream } from '../support/upstream-provider.ts';
import { createWebBrowser, type WebBrowser } from '../support/web-browser.ts';
import { median, spreadOf } from './load.ts';
import type { Result } from './result.ts';
import { freePort, type Peer, rounds, run } from './track.ts';

const appOrigin = 'https://app.example';
const redirectUri = `${appOrigin}/callback`;
const clientSecret = randomBytes(24).toString('hex');
const people = 16;
const verifier = randomBytes(32).toString('base64url');
const challenge = createHash('sha256').update(verifier).digest('base64url');
const basic = `Basic ${Buffer.from(`app:${clientSecret}`).toString('base64')}`;
const agent = new Agent({ keepAlive: true, maxSockets: people });

type Answer = { readonly status: number; readonly location?: string; readonly cookies: readonly string[]; readonly text: string };

const call = (url: string, headers: Record<string, string>, form?: Readonly<Record<string, string>>): Promise<Answer> =>
  new Promise((done, failed) => {
    const body = form && new URLSearchParams(form).toString();
    const sent = ask(
      url,
      {
        agent,
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          ...headers,
          ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          done({
            status: response.statusCode ?? 0,
            location: response.headers.location,
            cookies: response.headers['set-cookie'] ?? [],
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    sent.on('error', failed);
    sent.end(body);
  });

const parameters = (login: string): Record<string, string> => ({
  client_id: 'app',
  response_type: 'code',
  redirect_uri: redirectUri,
  scope: 'openid email profile',
  code_challenge: challenge,
  code_challenge_method: 'S256',
  login_hint: login,
});

/** Somebody who is signed in, with the cookies of his browser. */
type Person = { readonly login: string; readonly cookie: string; readonly address: string };

const signIn = async (issuer: string, nth: number, login: string, finish: (browser: WebBrowser) => Promise<unknown>): Promise<Person> => {
  // requests are limited by address
  const address = `203.0.113.${nth + 1}`;
  const browser = createWebBrowser([appOrigin], { 'user-agent': 'bench', 'x-forwarded-for': address });
  await browser.open(`${issuer}/auth?${new URLSearchParams(parameters(login))}`);
  await finish(browser);
  return { login, address, cookie: browser.cookieHeader(`${issuer}/auth`) };
};

/** Pushed request, code, tokens, userinfo: what an application does when its user signs in again. */
const round = async (issuer: string, person: Person): Promise<void> => {
  const pushed = await call(`${issuer}/request`, { authorization: basic }, parameters(person.login));
  const { request_uri: requestUri } = JSON.parse(pushed.text) as { readonly request_uri: string };
  const granted = await call(`${issuer}/auth?${new URLSearchParams({ client_id: 'app', request_uri: requestUri })}`, {
    cookie: person.cookie,
    'x-forwarded-for': person.address,
    'user-agent': 'bench',
  });
  const code = new URL(granted.location ?? 'http://none').searchParams.get('code');
  if (code === null) throw new Error(`no code: ${granted.status} ${granted.location} ${granted.text.slice(0, 200)}`);
  const tokens = await call(
    `${issuer}/token`,
    { authorization: basic },
    {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    },
  );
  const { access_token: accessToken } = JSON.parse(tokens.text) as { readonly access_token?: string };
  const user = await call(`${issuer}/me`, { authorization: `Bearer ${accessToken}` });
  if (user.status !== 200) throw new Error(`userinfo: ${user.status} ${user.text}`);
};

const perSecond = async (issuer: string, signedIn: readonly Person[], each: number): Promise<number> => {
  const began = performance.now();
  await Promise.all(
    signedIn.map(async (person) => {
      for (let n = 0; n < each; n++) await round(issuer, person);
    }),
  );
  return (signedIn.length * each * 1000) / (performance.now() - began);
};

const manage = async (base: string, key: string, path: string, body: unknown): Promise<void> => {
  const response = await fetch(`${base}/v1/management${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` },
    body: JSON.stringify(body),
  });
  if (response.status !== 201) throw new Error(`${path}: ${response.status} ${await response.text()}`);
};

/** Stepward in development mode, which may ask an identity provider on loopback, with that provider behind it. */
const startOurs = async (folder: string): Promise<{ readonly peer: Peer; readonly issuer: string; stop(): Promise<void> }> => {
  mkdirSync(folder);
  const port = await freePort();
  const base = `http://localhost:${port}`;
  const secret = randomBytes(24).toString('hex');
  const logins = Array.from({ length: people }, (_, n) => `user-${n}`);
  const upstream = await startUpstream({
    clients: [{ client_id: 'stepward', client_secret: secret, redirect_uris: [`${base}/oidc/callback/lab`] }],
    users: Object.fromEntries(
      logins.map((login) => [login, { claims: { email: `${login}@example.org`, email_verified: true, name: login }, amr: ['pwd'] }]),
    ),
  });
  const peer = await run(
    'adapters/server/main.ts',
    [],
    port,
    'Stepward is ready',
    { PORT: String(port), STEPWARD_TRUSTED_PROXIES: '127.0.0.1,::1' },
    folder,
  );
  const key = /^STEPWARD_MANAGEMENT_KEYS=(.*)$/m.exec(readFileSync(join(folder, '.stepward/env'), 'utf8'))?.[1] ?? '';
  await manage(base, key, '/action-configurations', { actionCode: 'signIn', defaultUserActionResult: 'ALLOW' });
  await manage(base, key, '/oidc-upstreams', {
    id: 'lab',
    name: 'Lab',
    issuer: upstream.issuer,
    clientId: 'stepward',
    clientSecret: secret,
  });
  await manage(base, key, '/oidc-clients', {
    clientId: 'app',
    name: 'app',
    authMethod: 'client_secret_basic',
    clientSecret,
    redirectUris: [redirectUri],
    upstream: 'lab',
  });
  return {
    peer,
    issuer: `${base}/oidc`,
    stop: async () => {
      await peer.stop();
      await upstream.close();
    },
  };
};

/** The authorization round of signed-in users, each with its `track`, against the bare library on the same storage. */
export const benchAuthorization = async (each = 40): Promise<readonly Result[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'stepward-bench-'));
  const port = await freePort();
  const ours = await startOurs(join(folder, 'ours'));
  const bare = await run(
    'test/bench/bare-provider.ts',
    [String(port), `sqlite:${join(folder, 'bare.db')}`, clientSecret, redirectUri],
    port,
    'ready',
    {},
  );
  const bareIssuer = `http://localhost:${port}/oidc`;
  try {
    const everybody = (issuer: string, finish: (browser: WebBrowser, login: string) => Promise<unknown>) =>
      Promise.all(Array.from({ length: people }, (_, n) => signIn(issuer, n, `user-${n}`, (browser) => finish(browser, `user-${n}`))));
    const ourPeople = await everybody(ours.issuer, (browser, login) => browser.press(login));
    const theirPeople = await everybody(bareIssuer, async () => undefined);
    const figures: { readonly ours: number; readonly theirs: number }[] = [];
    for (let nth = 0; nth <= rounds; nth++) {
      const figure = { ours: await perSecond(ours.issuer, ourPeople, each), theirs: await perSecond(bareIssuer, theirPeople, each) };
      // the first warms up
      if (nth > 0) figures.push(figure);
    }
    const ratios = figures.map((figure) => figure.ours / figure.theirs);
    return [
      {
        name: 'authorization round on SQLite',
        ours: median(figures.map((figure) => figure.ours)),
        theirs: median(figures.map((figure) => figure.theirs)),
        against: 'bare oidc-provider on the same storage',
        ratio: median(ratios),
        spread: spreadOf(ratios),
        unit: 'rounds/s',
      },
    ];
  } finally {
    await ours.stop();
    await bare.stop();
    agent.destroy();
    rmSync(folder, { recursive: true, force: true });
  }
};
