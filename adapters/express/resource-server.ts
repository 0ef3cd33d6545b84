import type { ServerResponse } from 'node:http';
import { answerRefused, answerUnavailable } from './answer.ts';
import type { AccessTokenClaims } from './claims.ts';
import { type ApiRequest, readCredentials, type Scheme, schemeOf, targetOf } from './credentials.ts';
import { createProofCheck } from './dpop.ts';
import { createIssuer } from './issuer.ts';
import { createJwtCheck } from './jwt-token.ts';
import { shortOf } from './meets.ts';
import { createOpaqueCheck } from './opaque-token.ts';
import { checkedOptions, checkedRule, type ResourceServerOptions, type StepUpRule } from './options.ts';
import { Refused, Unavailable } from './refusal.ts';

/** For Express 4 and 5, and whatever else calls `(request, response, next)`. Calls `next` where the request is let in, or answers it. */
export type ApiMiddleware = (request: ApiRequest, response: ServerResponse, next: (error?: unknown) => void) => Promise<void>;

/** One API: its middlewares share the issuer's keys, and each request is verified once. */
export type ResourceServer = {
  /** A valid access token of this API, and no more. */
  readonly requireToken: () => ApiMiddleware;
  /** A valid access token whose authentication meets the rule (RFC 9470). */
  readonly requireStepUp: (rule: StepUpRule) => ApiMiddleware;
};

/** Told apart from whatever else sets `request.auth`. */
const verified = new WeakSet<object>();

/** The claims of the request's token. Throws `TypeError` where no middleware of here has verified one. */
export const authOf = ({ auth }: ApiRequest): AccessTokenClaims => {
  if (typeof auth === 'object' && auth !== null && verified.has(auth)) return auth as AccessTokenClaims;
  throw new TypeError('the request has no verified token: `requireStepUp` comes first');
};

/** JWS and JWE: never sent to the issuer as something opaque. */
const isStructured = (token: string): boolean => [3, 5].includes(token.split('.').length);

/**
 * Guards the routes of one API with access tokens of one issuer. Throws `TypeError` for options that cannot be meant.
 *
 * @example
 * const api = createResourceServer({ issuer: 'https://id.example/oidc', audience: 'https://api.example' });
 * app.get('/accounts', api.requireToken(), accounts);
 * app.post('/payments', api.requireStepUp({ acrValues: ['phr', 'urn:stepward:aal2'], maxAge: 300 }), pay);
 */
export const createResourceServer = (options: ResourceServerOptions): ResourceServer => {
  const checked = checkedOptions(options);
  const { issuer: name, publicUrl, introspection, algorithms, now, onUnavailable } = checked;
  const http = { fetch: checked.fetch, timeout: checked.timeout };
  const issuer = createIssuer({ issuer: name, http, usable: checked.staleFor * 1000, now });
  const rules = { issuer: name, audience: checked.audience, clockTolerance: checked.clockTolerance, now };
  const checkJwt = createJwtCheck(rules, algorithms, issuer);
  const checkOpaque = introspection && createOpaqueCheck(rules, introspection, issuer, http);
  const checkProof = publicUrl && createProofCheck({ ...checked, publicUrl });
  const schemes: readonly Scheme[] = checkProof ? ['Bearer', 'DPoP'] : ['Bearer'];
  const seen = new WeakMap<ApiRequest, Promise<AccessTokenClaims>>();

  const claimsOf = (token: string): Promise<AccessTokenClaims> => {
    if (isStructured(token)) return checkJwt(token);
    if (checkOpaque) return checkOpaque(token);
    throw new Refused('invalid_token', 'the token is no JWT');
  };
  const verify = async (request: ApiRequest): Promise<AccessTokenClaims> => {
    const { scheme, token, proof } = readCredentials(request, schemes);
    const claims = await claimsOf(token);
    const jkt = claims.cnf?.jkt;
    if (scheme === 'Bearer') {
      if (jkt !== undefined) throw new Refused('invalid_token', 'the token is bound to a key and needs a DPoP proof');
    } else {
      if (jkt === undefined) throw new Refused('invalid_token', 'the token is bound to no key');
      if (!checkProof || proof === undefined) throw new Refused('invalid_dpop_proof', 'a DPoP proof is needed');
      await checkProof(proof, { method: request.method ?? '', target: targetOf(request), token, jkt });
    }
    const auth = Object.freeze({ ...claims });
    verified.add(auth);
    return auth;
  };
  /** Once a request: a proof counts once, and a route may have two middlewares. */
  const verifiedOnce = (request: ApiRequest): Promise<AccessTokenClaims> => {
    const known = seen.get(request) ?? verify(request);
    seen.set(request, known);
    return known;
  };

  const guard =
    (rule?: StepUpRule): ApiMiddleware =>
    async (request, response, next) => {
      try {
        const auth = await verifiedOnce(request);
        const short = rule && shortOf(auth, rule, now());
        if (short) throw new Refused('insufficient_user_authentication', short);
        request.auth = auth;
      } catch (error) {
        if (error instanceof Refused) return answerRefused(response, error, { scheme: schemeOf(request, schemes), schemes, rule });
        if (!(error instanceof Unavailable)) return next(error);
        answerUnavailable(response, error);
        return onUnavailable(error);
      }
      next();
    };

  return {
    requireToken: () => guard(),
    requireStepUp: (rule) => guard(checkedRule(rule)),
  };
};

/**
 * One route of an API that needs one: `createResourceServer` and its `requireStepUp` in one call.
 *
 * @example
 * app.post('/payments', requireStepUp({ issuer, audience, acrValues: ['urn:stepward:aal2'], maxAge: 300 }), pay);
 */
export const requireStepUp = (options: ResourceServerOptions & StepUpRule): ApiMiddleware => {
  const rule = Object.entries(options).filter(([name]) => name === 'acrValues' || name === 'maxAge');
  return createResourceServer(options).requireStepUp(Object.fromEntries(rule));
};
