import { decodeJwt } from 'jose';
import * as openid from 'openid-client';
import type { OidcUpstream } from '../../core/index.ts';
import type { Random } from '../../core/ports/random.ts';
import type { ProviderRecords } from './records.ts';
import { UpstreamError, type UpstreamStart, type Upstreams } from './upstream.ts';
import { asUpstreamError, reasonOf } from './upstream-failure.ts';
import { type PendingLogin, redeem } from './upstream-login.ts';
import { logoutWindow, readLogoutToken } from './upstream-logout.ts';
import { clockSkew, createUpstreamProviders, type UpstreamProviderSettings } from './upstream-provider.ts';

export type UpstreamSettings = UpstreamProviderSettings & {
  readonly records: Pick<ProviderRecords, 'put' | 'insert' | 'find' | 'take' | 'remove'>;
  readonly random: Random;
  readonly publicUrl: string;
  /** Takes why an upstream could not be used: nothing secret. */
  readonly log: (message: string) => void;
};

/** Milliseconds to sign in at an upstream: as long as the interaction lives. */
const signInTime = 600_000;

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

  const ofUpstream = (pending: PendingLogin | undefined, upstreamId: string): PendingLogin | undefined =>
    pending?.upstream === upstreamId ? pending : undefined;

  /** INVARIANT: whatever goes wrong is an `UpstreamError`, and its reason is in the log and nowhere else. */
  const guarded = async <Answer>(upstreamId: string, what: string, work: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await work();
    } catch (error) {
      const failure = asUpstreamError(error);
      log(`upstream \`${upstreamId}\`: ${what}: ${reasonOf(failure.cause ?? failure)}`);
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
        await records.put('UpstreamLogin', state, pending, { expiresAt: pending.begunAt + signInTime });
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
            ? openid.buildAuthorizationUrl(configuration(), parameters)
            : await openid.buildAuthorizationUrlWithPAR(configuration(), parameters);
        return url.href;
      }),

    interactionOf: (upstreamId, state) =>
      guarded(
        upstreamId,
        'a return could not be read',
        async () => ofUpstream(await records.find('UpstreamLogin', state), upstreamId)?.uid,
      ),

    finish: (upstream, uid, query) =>
      guarded(upstream.id, 'a sign-in failed', async () => {
        const state = query.get('state') ?? '';
        const pending = ofUpstream(await records.take('UpstreamLogin', state), upstream.id);
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
        return openid.buildEndSessionUrl(configuration(), parameters).href;
      }),

    loggedOut: (upstream, logoutToken, end = async () => undefined) =>
      guarded(upstream.id, 'a logout was refused', async () => {
        const { jti, sid, sub } = await readLogoutToken(upstream, await providerOf(upstream), logoutToken, now());
        const expiresAt = now() + (logoutWindow + 2 * clockSkew) * 1000;
        const id = `${upstream.id}:${jti}`;
        const isNew = await records.insert('UpstreamLogout', id, true, { expiresAt });
        if (!isNew) throw new UpstreamError('access_denied', 'the logout token was used before');
        await end({ sid, sub }).catch(async (error: unknown) => {
          await records.remove('UpstreamLogout', id);
          throw error;
        });
        return { sid, sub };
      }),
  };
};
