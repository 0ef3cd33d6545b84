import { Router, text } from 'express';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Directory } from './directory.ts';
import type { OidcPages } from './pages.ts';
import type { ProviderRecords } from './records.ts';
import type { SessionLog } from './round.ts';
import { answerWith } from './screen-answer.ts';
import type { SessionLogs } from './session-logs.ts';
import { UpstreamError, type Upstreams } from './upstream.ts';

export type LogoutOptions = {
  readonly upstreams: Upstreams;
  readonly directory: Directory;
  readonly logs: SessionLogs;
  readonly records: ProviderRecords;
  readonly accountIdOf: (issuer: string, sub: string) => string;
  /** The provider as it is now. */
  readonly provider: () => Promise<Provider>;
  readonly pages: OidcPages;
  readonly publicUrl: string;
  readonly now: () => number;
  readonly handle: () => string;
};

/** A person may stay at the upstream's page for so long. */
const wayBackMs = 600_000;
const mostToken = 16 * 1024;

/** `persistsLogout`: was asked for with `offline_access`, which is meant to outlive the session. */
type Authorizations = Readonly<Record<string, { readonly sid?: string; readonly grantId?: string; readonly persistsLogout?: boolean }>>;

/** Signing out, in both directions: ours ends the upstream's, and the upstream's ends ours. */
export const createLogout = (options: LogoutOptions) => {
  const { upstreams, directory, logs, records, pages } = options;
  const resuming = `${options.publicUrl}/oidc/auth/`;
  const returnTo = `${options.publicUrl}/oidc/logout/return`;

  /** Tells every client of a session that it is over, all at once; the client's method keeps the time. */
  const tellClients = async (provider: Provider, accountId: string, authorizations: Authorizations): Promise<void> => {
    await Promise.all(
      Object.entries(authorizations).map(async ([clientId, { sid }]) => {
        const client = await provider.Client.find(clientId);
        if (client?.backchannelLogoutUri !== undefined)
          await (client as unknown as { backchannelLogout(sub: string, sid?: string): Promise<void> }).backchannelLogout(accountId, sid);
      }),
    );
  };

  /** Ends a session without its browser. */
  const endSession = async (sessionUid: string): Promise<void> => {
    const kept = await logs.find(sessionUid);
    // first of all nobody goes on with it
    const session = (await records.endSession(sessionUid)) as
      | { readonly accountId?: string; readonly authorizations?: Authorizations }
      | undefined;
    if (kept) await logs.remove(sessionUid, kept);
    const { accountId, authorizations = {} } = session ?? {};
    const grants = Object.values(authorizations).flatMap(({ grantId, persistsLogout }) => (persistsLogout ? [] : (grantId ?? [])));
    await Promise.all(grants.map(records.endGrant));
    if (accountId !== undefined) await tellClients(await options.provider(), accountId, authorizations);
  };

  /** Where the browser goes first, so that the upstream's session ends too. */
  const byWayOfUpstream = async (kept: SessionLog, next: string): Promise<string | undefined> => {
    const upstream = directory.upstream(kept.log.upstream);
    if (!upstream?.endSession || kept.idToken === undefined) return undefined;
    const state = options.handle();
    const url = await upstreams.endSession(upstream, { idToken: kept.idToken, returnTo, state }).catch(() => undefined);
    if (url !== undefined) await records.put('LogoutReturn', state, next, { expiresAt: options.now() + wayBackMs });
    return url;
  };

  const router = Router();
  router.get('/logout/return', async (request, response) => {
    const { state } = request.query;
    const next = typeof state === 'string' && state.length <= 128 ? await records.take('LogoutReturn', state) : undefined;
    if (next === undefined) return pages.show(request, response, { screen: 'signed-out' });
    response.writeHead(303, { Location: next, 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' }).end();
  });
  // OpenID Connect Back-Channel Logout 1.0 §2.5: 200 where it was done, 400 where the token was not taken
  router.post(
    '/backchannel-logout/:upstream',
    text({ type: 'application/x-www-form-urlencoded', limit: mostToken }),
    async (request, response) => {
      const upstream = directory.upstream(String(request.params.upstream));
      const token = new URLSearchParams(typeof request.body === 'string' ? request.body : '').getAll('logout_token');
      response.setHeader('Cache-Control', 'no-store');
      const [only] = token;
      if (!upstream || only === undefined || token.length > 1) return void response.status(400).json({ error: 'invalid_request' });
      try {
        await upstreams.loggedOut(upstream, only, async ({ sid, sub = '' }) => {
          const one = sid === undefined ? undefined : await logs.ofUpstream(upstream.id, sid);
          const all = sid === undefined ? await records.sessionsOf(options.accountIdOf(upstream.issuer, sub)) : [];
          await Promise.all([...(one === undefined ? [] : [one]), ...all.flatMap(({ uid }) => uid ?? [])].map(endSession));
        });
        response.status(200).end();
      } catch (error) {
        if (!(error instanceof UpstreamError)) throw error;
        response.status(error.error === 'temporarily_unavailable' ? 503 : 400).json({ error: 'invalid_request' });
      }
    },
  );

  /** Every session of a user: nobody goes on, and the clients are told. */
  const endAccount = async (accountId: string): Promise<void> => {
    const sessions = await records.sessionsOf(accountId);
    await records.endAccount(accountId);
    const provider = await options.provider();
    await Promise.all(sessions.map(({ authorizations = {} }) => tellClients(provider, accountId, authorizations as Authorizations)));
  };

  return {
    router,
    endAccount,

    middleware: async (context: object, next: () => Promise<void>): Promise<void> => {
      await next();
      const ctx = context as KoaContextWithOIDC;
      const { oidc } = ctx;
      const session = oidc?.session as { readonly uid: string; readonly destroyed?: boolean } | undefined;
      if (oidc?.route !== 'end_session_confirm' || ctx.status !== 303 || !session?.destroyed) return;
      const kept = await logs.find(session.uid);
      if (kept) await logs.remove(session.uid, kept);
      // requests that are under way save the session again as they read it
      await records.endSession(session.uid);
      if (!kept) return;
      const goal = ctx.response.get('Location');
      // another user has signed in at the upstream meanwhile: that session there is his
      if (goal.startsWith(resuming)) return;
      const url = await byWayOfUpstream(kept, goal);
      if (url !== undefined) ctx.response.set('Location', url);
    },

    /** The library's question, on our page. */
    ask: (ctx: KoaContextWithOIDC): Promise<void> => {
      const { oidc } = ctx;
      const { secret = '' } = (oidc.session?.state ?? {}) as { readonly secret?: string };
      const action = new URL(oidc.urlFor('end_session_confirm')).pathname;
      const client = directory.client(oidc.client?.clientId)?.name;
      return answerWith(pages, ctx, { screen: 'sign-out', action, fields: { xsrf: secret }, ...(client !== undefined && { client }) }, 200);
    },

    done: (ctx: KoaContextWithOIDC): Promise<void> => {
      const client = directory.client(ctx.oidc.client?.clientId)?.name;
      return answerWith(pages, ctx, { screen: 'signed-out', ...(client !== undefined && { client }) }, 200);
    },
  };
};
