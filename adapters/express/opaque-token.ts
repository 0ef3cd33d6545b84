import { createHash } from 'node:crypto';
import { type AccessTokenClaims, type ClaimRules, checkClaims, hasAudience } from './claims.ts';
import { fetchJson, type Http } from './fetch-json.ts';
import type { Issuer } from './issuer.ts';
import { Refused, Unavailable } from './refusal.ts';

/** How this API asks the issuer about tokens that are no JWT (RFC 7662). */
export type IntrospectionOptions = {
  /** Credentials of this API at the issuer. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** Clients whose tokens are accepted without an audience: such a token does not say for which API it was meant. */
  readonly clients: readonly string[];
  /** Seconds, 30 at most and by default: how long an answer counts. A token that was revoked passes so long. */
  readonly cacheFor?: number;
};

type Claims = Readonly<Record<string, unknown>>;

/** Answers that are kept, and calls at once. */
const mostKept = 10_000;
const mostCalls = 64;
const retryAfter = 5;

const formEncoded = (value: string): string => new URLSearchParams({ v: value }).toString().slice(2);
const basic = (id: string, secret: string): string => `Basic ${btoa(`${formEncoded(id)}:${formEncoded(secret)}`)}`;

export const createOpaqueCheck = (
  rules: ClaimRules,
  { clientId, clientSecret, clients, cacheFor = 30 }: IntrospectionOptions,
  issuer: Issuer,
  http: Http,
) => {
  const kept = new Map<string, { readonly claims: Claims; readonly at: number }>();
  const calls = new Map<string, Promise<Claims>>();
  const authorization = basic(clientId, clientSecret);

  const ask = async (token: string): Promise<Claims> => {
    const body = new URLSearchParams({ token, token_type_hint: 'access_token' });
    const url = await issuer.introspectionEndpoint();
    const answer = await fetchJson(http, url, { method: 'POST', body, headers: { authorization } }, retryAfter);
    const claims = answer.body as Claims | null;
    // what only looks like a JWT; any other 400 is about this API, not about the token
    if (answer.status === 400 && claims?.error === 'unsupported_token_type') return { active: false };
    if (answer.status === 200 && typeof claims?.active === 'boolean') return claims;
    throw new Unavailable(`the introspection endpoint answered ${answer.status}, or nothing about the token`, retryAfter);
  };
  const about = (token: string): Promise<Claims> => {
    const id = createHash('sha256').update(token).digest('base64url');
    const known = kept.get(id);
    const age = known ? rules.now() - known.at : -1;
    if (known && age >= 0 && age < cacheFor * 1000) return Promise.resolve(known.claims);
    const pending = calls.get(id);
    if (pending) return pending;
    if (calls.size >= mostCalls) return Promise.reject(new Unavailable('too many tokens are being asked about', 1));
    const at = rules.now();
    const call = ask(token)
      .then((claims) => {
        kept.delete(id);
        kept.set(id, { claims, at });
        if (kept.size > mostKept) kept.delete(kept.keys().next().value ?? '');
        return claims;
      })
      .finally(() => calls.delete(id));
    calls.set(id, call);
    return call;
  };

  return async (token: string): Promise<AccessTokenClaims> => {
    const { active, ...claims } = await about(token);
    if (active !== true) throw new Refused('invalid_token', 'the token is not active');
    // an active refresh token is introspected too, and has no type of access token
    const type = typeof claims.token_type === 'string' ? claims.token_type.toLowerCase() : '';
    const expected = claims.cnf === undefined ? 'bearer' : 'dpop';
    if (type !== expected) throw new Refused('invalid_token', 'this is no access token, or its type is not that of its binding');
    const isForUs = claims.aud === undefined ? clients.includes(claims.client_id as string) : hasAudience(claims, rules.audience);
    if (!isForUs) throw new Refused('invalid_token', 'the token is for another audience');
    return checkClaims({ iss: rules.issuer, ...claims }, ['sub', 'client_id', 'exp'], rules);
  };
};
