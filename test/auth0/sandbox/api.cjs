'use strict';
const { randomBytes } = require('node:crypto');
const { checkMetadata, isDropped } = require('./limits.cjs');
const { encodeToken, validateToken } = require('./redirect-token.cjs');

const cannotRedirect = /^oauth2-(?:password|refresh-token|token-exchange|resource-owner)/;

/** Whether Auth0 could send the browser away in this execution. */
exports.canRedirect = ({ transaction, request }) => {
  const prompts = [...(transaction?.prompt ?? []), ...String(request.query?.prompt ?? '').split(' ')];
  return transaction !== undefined && !cannotRedirect.test(transaction.protocol ?? '') && !prompts.includes('none');
};

/** The factors of an offer that Auth0 would show: enrolled, and not met already in this transaction. */
const usable = (event, offered) => {
  const enrolled = new Set((event.user.enrolledFactors ?? []).map(({ type }) => type));
  const met = new Set((event.authentication?.methods ?? []).filter(({ name }) => name === 'mfa').map(({ type }) => type));
  return offered.map(({ type }) => type).filter((type) => enrolled.has(type) && !met.has(type));
};

/** What one execution did, before anything came of it. */
exports.startEffects = (metadata) => ({
  calls: [],
  idTokenClaims: {},
  accessTokenClaims: {},
  recordedMethods: [],
  metadata,
  console: '',
});

/**
 * The `api` of one execution of a post-login Action.
 * @param about `isContinue`: of `onContinuePostLogin`; `cache` outlives the execution.
 */
exports.createApi = (event, effects, { isContinue, cache }) => {
  const noted = (name, run) => {
    effects.calls.push(name);
    return run;
  };
  const challenge = (offered) => {
    if (/^oauth2-token-exchange/.test(event.transaction?.protocol ?? '')) throw new Error('a token exchange cannot be challenged');
    const factors = usable(event, offered);
    if (factors.length === 0) effects.error ??= 'no factor of the challenge can be used';
    else effects.challenged = factors;
  };
  const claims = (into) => (name, value) => {
    if (!isDropped(name)) into[name] = value;
  };
  const api = {
    access: {
      deny: (reason) => {
        effects.denied ??= String(reason);
        return api;
      },
    },
    redirect: {
      canRedirect: () => exports.canRedirect(event),
      encodeToken: (options) => encodeToken(event, options),
      sendUserTo: (address, { query = {} } = {}) => {
        if (!exports.canRedirect(event)) {
          effects.error ??= 'interaction_required';
          return api;
        }
        const url = new URL(address);
        // opaque to everybody, and not made to survive a clumsy decoding
        effects.state = `h+K/${randomBytes(18).toString('base64url')}==`;
        for (const [name, value] of Object.entries({ ...query, state: effects.state })) url.searchParams.append(name, value);
        effects.redirectedTo = url.href;
        return api;
      },
      validateToken: (options) => validateToken(event, options),
    },
    authentication: {
      challengeWith: (factor, { additionalFactors = [] } = {}) => {
        challenge([factor, ...additionalFactors]);
        return api;
      },
      challengeWithAny: (factors) => {
        challenge(factors);
        return api;
      },
      enrollWith: (factor, { additionalFactors = [] } = {}) => {
        effects.enrolled = [factor, ...additionalFactors].map(({ type }) => type);
        return api;
      },
      enrollWithAny: (factors) => {
        if (factors.length === 0) effects.error ??= 'no factor to enroll';
        else effects.enrolled = factors.map(({ type }) => type);
        return api;
      },
      recordMethod: (url) => {
        if (!isContinue) throw new Error('recordMethod is there in onContinuePostLogin only');
        if (!/^https?:$/.test(new URL(url).protocol)) throw new Error('a method is an http or https address');
        effects.recordedMethods.push(url);
        return api;
      },
    },
    transaction: {
      setMetadata: (key, value) => {
        if (event.transaction === undefined) throw new Error('there is no transaction');
        if (value === null) delete effects.metadata[key];
        else {
          checkMetadata(effects.metadata, key, value);
          effects.metadata[key] = value;
        }
        return api;
      },
    },
    idToken: { setCustomClaim: claims(effects.idTokenClaims) },
    accessToken: { setCustomClaim: claims(effects.accessTokenClaims) },
    session: {
      revoke: (reason) => {
        effects.revoked = String(reason ?? '');
        return api;
      },
    },
    cache,
  };
  return Object.fromEntries(
    Object.entries(api).map(([part, calls]) => {
      const wrapped = Object.entries(calls).map(([name, run]) => [name, (...given) => noted(`${part}.${name}`, run)(...given)]);
      return [part, Object.fromEntries(wrapped)];
    }),
  );
};
