import type { IncomingMessage } from 'node:http';
import { Refused } from './refusal.ts';

export type Scheme = 'Bearer' | 'DPoP';
export type Credentials = { readonly scheme: Scheme; readonly token: string; readonly proof?: string };
/** A request of Express, of either version, or of plain Node. */
export type ApiRequest = IncomingMessage & { readonly originalUrl?: string; auth?: unknown };

/** Characters of a token or a proof. */
const longest = 8_192;
const authorization = /^(\S*)(?: +(.*))?$/s;
/** RFC 6750 §2.1 */
const b64token = /^[A-Za-z0-9\-._~+/]+=*$/;

/** The header, once. Of a second one `request.headers` shows nothing, or both in one; a platform that makes up requests has no raw ones. */
const single = ({ rawHeaders, headers }: IncomingMessage, name: string): string | undefined => {
  const count = rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === name).length;
  const value = headers[name];
  if (count > 1 || Array.isArray(value)) throw new Refused('invalid_request', `there is more than one ${name} header`);
  return value;
};

const has = (value: unknown, name: string): boolean => typeof value === 'object' && value !== null && Object.hasOwn(value, name);
const inQuery = (target: string): boolean => new URLSearchParams(target.split('?').slice(1).join('?')).has('access_token');
// the type of `body` is the application's: it is not declared above
const inForm = ({ headers, body }: ApiRequest & { readonly body?: unknown }): boolean =>
  /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '') && has(body, 'access_token');

/** Target of the request, as its first line says it. */
export const targetOf = ({ originalUrl, url }: ApiRequest): string => originalUrl ?? url ?? '';

/** The scheme that a request used, for the answer: also where its credentials cannot be read. */
export const schemeOf = ({ headers }: ApiRequest, schemes: readonly Scheme[]): Scheme =>
  schemes.includes('DPoP') && /^dpop\b/i.test(headers.authorization ?? '') ? 'DPoP' : 'Bearer';

/**
 * The one token of a request, from the Authorization header alone. Throws `Refused`: `no_token` where there is none that this API takes,
 * `invalid_request` where there are several or one that cannot be read.
 *
 * @param schemes which are taken; any other is no token
 */
export const readCredentials = (request: ApiRequest, schemes: readonly Scheme[]): Credentials => {
  const [, name = '', token = ''] = authorization.exec(single(request, 'authorization') ?? '') ?? [];
  const scheme = schemes.find((one) => one.toLowerCase() === name.toLowerCase());
  if (!scheme) throw new Refused('no_token', 'an access token in the Authorization header is needed');
  if (inQuery(targetOf(request)) || inForm(request)) throw new Refused('invalid_request', 'there is more than one token');
  if (token.length > longest || !b64token.test(token)) throw new Refused('invalid_request', 'the Authorization header cannot be read');
  if (scheme === 'Bearer') return { scheme, token };
  const proof = single(request, 'dpop');
  if (!proof) throw new Refused('invalid_dpop_proof', 'a DPoP header is needed');
  if (proof.length > longest) throw new Refused('invalid_request', 'the DPoP header is too long');
  return { scheme, token, proof };
};
