import type { IncomingMessage } from 'node:http';
import { Refused } from './refusal.ts';

export type Scheme = 'Bearer' | 'DPoP';
export type Credentials = { readonly scheme: Scheme; readonly token: string; readonly proof?: string };
/** A request of Express, of either version, or of plain Node. */
export type ApiRequest = IncomingMessage & { readonly originalUrl?: string; readonly body?: unknown; auth?: unknown };

/** Characters of a token or a proof. */
const longest = 8_192;
const authorization = /^(\S*)(?: +(.*))?$/s;
/** RFC 6750 §2.1 */
const b64token = /^[A-Za-z0-9\-._~+/]+=*$/;

/** Every value of a header, which `request.headers` does not show; a platform that makes up requests has no raw ones. */
const valuesOf = ({ rawHeaders, headers }: IncomingMessage, name: string): readonly string[] => {
  const values: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) if (rawHeaders[at]?.toLowerCase() === name) values.push(rawHeaders[at + 1] ?? '');
  return rawHeaders.length > 0 ? values : [headers[name] ?? []].flat();
};

const has = (value: unknown, name: string): boolean => typeof value === 'object' && value !== null && Object.hasOwn(value, name);
const inQuery = (target: string): boolean => new URLSearchParams(target.split('?').slice(1).join('?')).has('access_token');
const inForm = ({ headers, body }: ApiRequest): boolean =>
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
  const [given, ...more] = valuesOf(request, 'authorization');
  if (more.length > 0) throw new Refused('invalid_request', 'there is more than one Authorization header');
  const [, name = '', token = ''] = authorization.exec(given ?? '') ?? [];
  const scheme = schemes.find((one) => one.toLowerCase() === name.toLowerCase());
  if (!scheme) throw new Refused('no_token', 'an access token in the Authorization header is needed');
  if (inQuery(targetOf(request)) || inForm(request)) throw new Refused('invalid_request', 'there is more than one token');
  if (token.length > longest || !b64token.test(token)) throw new Refused('invalid_request', 'the Authorization header cannot be read');
  if (scheme === 'Bearer') return { scheme, token };
  const [proof, ...others] = valuesOf(request, 'dpop');
  if (others.length > 0) throw new Refused('invalid_request', 'there is more than one DPoP header');
  if (!proof) throw new Refused('invalid_dpop_proof', 'a DPoP header is needed');
  if (proof.length > longest) throw new Refused('invalid_request', 'the DPoP header is too long');
  return { scheme, token, proof };
};
