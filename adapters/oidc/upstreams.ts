import { decodeJwt } from 'jose';
import * as openid from 'openid-client';
import type { OidcUpstream } from '../../core/index.ts';
import type { Random } from '../../core/ports/random.ts';
import { UpstreamError, type UpstreamStart, type Upstreams } from './upstream.ts';
import { asUpstreamError, reasonOf } from './upstream-failure.ts';
import { type PendingLogin, redeem } from './upstream-login.ts';
import { logoutWindow, readLogoutToken } from './upstream-logout.ts';
import { clockSkew, createUpstreamProviders, type UpstreamProviderSettings } from './upstream-provider.ts';

/** What is kept between two requests; ids are kept as hashes and values sealed. */
export type UpstreamRecords = {
  /** `expiresIn`: seconds. */
  put(model: string, id: string, value: object, expiresIn: number): Promise<void>;
  /** False, and nothing changed, where the id is there already. */
  insert(model: string, id: string, value: object, expiresIn: number): Promise<boolean>;
  find(model: string, id: string): Promise<object | undefined>;
  /** Reads and removes, for the one caller that gets it. */
  take(model: string, id: string): Promise<object | undefined>;
};

export type UpstreamSettings = UpstreamProviderSettings & {
  readonly records: UpstreamRecords;
  readonly random: Random;
  readonly publicUrl: string;
  /** Takes why an upstream could not be used: nothing secret. */
  readonly log: (message: string) => void;
};

/** Seconds to sign in at an upstream: as long as the interaction lives. */
const signInTime = 600;

const recordOf = ({ version, createdAt }: OidcUpstream): string => `${version}.${createdAt}`;

const isOf = (issuer: string, idToken: string): boolean => {
  try {
    return decodeJwt(idToken).iss === issuer;
  } catch {
    return false;
  }
};

const asked = ({ issuer, acrMap }: OidcUpstream, start: UpstreamStart): Readonly<Record<string, string | undefined>> => {
  const { prompt, maxAge, acrValues = [], idTokenHint } = start;
  const acr = acrValues.flatMap((value) => (Object.hasOwn(acrMap, value) ? [acrMap[value]] : []));
  return {
    login_hint: start.loginHint,
    ui_locales: start.uiLocales,
    prompt: asksAgain(prompt) ? 'login' : undefined,
    max_age: maxAge === undefined ? undefined : String(maxAge),
    acr_values: acr.length > 0 ? [...new Set(acr)].join(' ') : undefined,
    id_token_hint: idTokenHint !== undefined && isOf(issuer, idTokenHint) ? idTokenHint : undefined,
  };
};

const asksAgain = (prompt: string | undefined): boolean => prompt?.split(' ').includes('login') ?? false;

/** Creates the side of Stepward that is a client of other OpenID providers. */
export const createUpstreams = (settings: UpstreamSettings): Upstreams => {
  const { records, random, publicUrl, now, log } = settings;
  const providerOf = createUpstreamProviders(settings);

  const secret = (): string => Buffer.from(random.bytes(32)).toString('base64url');
  const redirectUri = ({ id }: OidcUpstream): string => `${publicUrl}/oidc/callback/${id}`;

  const pendingIn = (value: object | undefined, upstreamId: string): PendingLogin | undefined => {
    const pending = value as PendingLogin | undefined;
    const lives = pending?.upstream === upstreamId && now() < pending.begunAt + signInTime * 1000;
    return lives ? pending : undefined;
  };

  /** INVARIANT: whatever goes wrong is an `UpstreamError`, and its reason is in the log and nowhere else. */
  const guarded = async <Answer>(upstreamId: string, what: string, work: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await work();
    } catch (error) {
      const failure = asUpstreamError(error);
      log(`upstream \`${upstreamId}\`: ${what}: ${reasonOf(failure)}`);
      throw failure;
    }
  };

  return {
    begin: (upstream, start) =>
      guarded(upstream.id, 'a sign-in could not begin', async () => {
        const { configuration, metadata } = await providerOf(upstream);
        const state = secret();
        const pending: PendingLogin = {
          uid: start.uid,
          upstream: upstream.id,
          record: recordOf(upstream),
          codeVerifier: secret(),
          nonce: secret(),
          begunAt: now(),
          maxAge: start.maxAge,
          again: asksAgain(start.prompt),
        };
        await records.put('UpstreamLogin', state, pending, signInTime);
        const parameters = new URLSearchParams({
          redirect_uri: redirectUri(upstream),
          scope: [...new Set(['openid', ...upstream.scopes])].join(' '),
          response_type: 'code',
          state,
          nonce: pending.nonce,
          code_challenge: await openid.calculatePKCECodeChallenge(pending.codeVerifier),
          code_challenge_method: 'S256',
        });
        for (const [name, value] of Object.entries(asked(upstream, start))) if (value !== undefined) parameters.set(name, value);
        const url =
          metadata.pushed_authorization_request_endpoint === undefined
            ? openid.buildAuthorizationUrl(configuration, parameters)
            : await openid.buildAuthorizationUrlWithPAR(configuration, parameters);
        return url.href;
      }),

    interactionOf: (upstreamId, state) =>
      guarded(upstreamId, 'a return could not be read', async () => pendingIn(await records.find('UpstreamLogin', state), upstreamId)?.uid),

    finish: (upstream, uid, query) =>
      guarded(upstream.id, 'a sign-in failed', async () => {
        const state = query.get('state') ?? '';
        const pending = pendingIn(await records.take('UpstreamLogin', state), upstream.id);
        if (pending?.uid !== uid || pending.record !== recordOf(upstream))
          throw new UpstreamError('temporarily_unavailable', 'the `state` is spent, unknown or of another sign-in');
        const url = new URL(redirectUri(upstream));
        url.search = query.toString();
        return redeem(upstream, await providerOf(upstream), pending, { url, state, now });
      }),

    endSession: (upstream, { idToken, returnTo, state }) =>
      guarded(upstream.id, 'its session could not be ended', async () => {
        if (!upstream.endSession) return undefined;
        const { configuration, metadata } = await providerOf(upstream);
        if (metadata.end_session_endpoint === undefined) return undefined;
        const parameters = { id_token_hint: idToken, post_logout_redirect_uri: returnTo, state };
        return openid.buildEndSessionUrl(configuration, parameters).href;
      }),

    loggedOut: (upstream, logoutToken) =>
      guarded(upstream.id, 'a logout was refused', async () => {
        const { jti, sid, sub } = await readLogoutToken(upstream, await providerOf(upstream), logoutToken, now());
        const isNew = await records.insert('UpstreamLogout', `${upstream.id}:${jti}`, {}, logoutWindow + 2 * clockSkew);
        if (!isNew) throw new UpstreamError('access_denied', 'the logout token was used before');
        return { sid, sub };
      }),
  };
};
