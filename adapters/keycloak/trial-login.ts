import { createHash, randomBytes } from 'node:crypto';

/** What a login without a person came to. `decided`: Stepward answered, whatever it answered. */
export type TrialOutcome =
  | { readonly kind: 'decided'; readonly how: 'allowed' | 'challenged' | 'denied' }
  | { readonly kind: 'undecided'; readonly why: string };

export type TrialLogin = {
  /** Address of the realm, `https://login.example/realms/shop`. */
  readonly realmUrl: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly username: string;
  readonly password: string;
};

/** For one page, ms: the authenticator's own deadline is at most 8 s. */
const pageTimeout = 20_000;
const mostPages = 12;

type Page = { readonly url: URL; readonly status: number; readonly text: string };

const createVisitor = () => {
  const jars = new Map<string, Map<string, string>>();
  return async (url: URL, form?: URLSearchParams): Promise<Response> => {
    const jar = jars.get(url.host) ?? new Map<string, string>();
    jars.set(url.host, jar);
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { accept: 'text/html', cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form && { method: 'POST', body: form }),
      signal: AbortSignal.timeout(pageTimeout),
    });
    for (const set of response.headers.getSetCookie()) {
      const [pair = ''] = set.split(';');
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    return response;
  };
};

/** The form that asks for a name or a password, filled in; `undefined`: the page has none. */
const answerTo = ({ url, text }: Page, given: Readonly<Record<string, string>>): { to: URL; form: URLSearchParams } | undefined => {
  for (const [, tag = '', inside = ''] of text.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)) {
    const names = [...inside.matchAll(/<input\b[^>]*\bname="([^"]+)"/g)].map(([, name = '']) => name);
    const known = names.filter((name) => given[name] !== undefined);
    const [, action] = /\baction="([^"]+)"/.exec(tag) ?? [];
    if (known.length === 0 || action === undefined) continue;
    return {
      to: new URL(action.replaceAll('&amp;', '&'), url),
      form: new URLSearchParams(Object.fromEntries(known.map((name) => [name, given[name] ?? '']))),
    };
  }
  return undefined;
};

const undecided = (why: string): TrialOutcome => ({ kind: 'undecided', why });

const claimsOf = (token: unknown): Readonly<Record<string, unknown>> => {
  const [, payload = ''] = String(token).split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Record<string, unknown>;
};

/** What a page that is no form says by its status; the authenticator never answers 200 where it denies. */
const ended = ({ status, url }: Page): TrialOutcome => {
  if (status === 403) return { kind: 'decided', how: 'denied' };
  if (status === 503) return undecided('Stepward could not be asked: its address, its key or its settings are wrong, or it is down');
  return undecided(`the login stopped at a page of status ${status}, ${url.pathname}: it needs a person`);
};

/**
 * Signs a user in without a browser, as far as a password goes.
 *
 * @returns `undecided` too where the login went through but nothing of Stepward was in the token, or a decision made without it.
 */
export const trialLogin = async ({ realmUrl, clientId, redirectUri, username, password }: TrialLogin): Promise<TrialOutcome> => {
  const visit = createVisitor();
  const discovery = (await (
    await fetch(`${realmUrl}/.well-known/openid-configuration`, { signal: AbortSignal.timeout(pageTimeout) })
  ).json()) as Readonly<Record<string, string>>;
  const verifier = randomBytes(32).toString('base64url');
  const first = new URL(discovery.authorization_endpoint ?? '');
  first.search = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();

  const exchanged = async (back: URL): Promise<TrialOutcome> => {
    const code = back.searchParams.get('code');
    if (code === null) return undecided(`the login came back with \`${back.searchParams.get('error') ?? 'nothing'}\``);
    const body = { grant_type: 'authorization_code', client_id: clientId, redirect_uri: redirectUri, code, code_verifier: verifier };
    const answer = await fetch(discovery.token_endpoint ?? '', {
      method: 'POST',
      body: new URLSearchParams(body),
      signal: AbortSignal.timeout(pageTimeout),
    });
    if (answer.status !== 200) return undecided(`the code of the login was not redeemed: status ${answer.status}`);
    const claims = claimsOf(((await answer.json()) as { id_token?: unknown }).id_token);
    if (claims.stepward_degraded === true) return undecided('the login went through by the failure policy, without a decision');
    if (claims.stepward_time === undefined) return undecided('the login went through and nothing of Stepward is in its token');
    return { kind: 'decided', how: 'allowed' };
  };

  const origins = new Set([first.origin, new URL(realmUrl).origin]);
  const given = { username, password };
  const asked = new Set<string>();
  let url = first;
  let form: URLSearchParams | undefined;
  for (let pages = 0; pages < mostPages; pages++) {
    const response = await visit(url, form);
    form = undefined;
    const location = response.headers.get('location');
    if (location !== null) {
      url = new URL(location, url);
      if (url.href.startsWith(`${redirectUri}?`)) return exchanged(url);
      if (!origins.has(url.origin)) return { kind: 'decided', how: 'challenged' };
      continue;
    }
    const page = { url, status: response.status, text: await response.text() };
    const answer = page.status === 200 ? answerTo(page, given) : undefined;
    if (!answer) return ended(page);
    const fields = [...answer.form.keys()].join();
    if (asked.has(fields)) return undecided('the name or the password of the test user is refused');
    asked.add(fields);
    url = answer.to;
    form = answer.form;
  }
  return undecided('the login is redirected for ever');
};
