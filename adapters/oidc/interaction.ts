import { type Request, type Response, Router } from 'express';
import { errors, type Provider } from 'oidc-provider';
import type { HostScreen, OidcClient, OidcUpstream } from '../../core/index.ts';
import type { Accounts } from './account.ts';
import { chooseUpstream } from './choose-upstream.ts';
import type { Directory } from './directory.ts';
import { grantMissing } from './grant.ts';
import type { OidcPages } from './pages.ts';
import type { Held, Owed, RoundResult, UpstreamResult } from './round.ts';
import { UpstreamError, type UpstreamLogin, type Upstreams } from './upstream.ts';

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;
type StepwardDetails = { readonly owed?: Owed | Held; readonly beganAt?: number };
type Finish = RoundResult & {
  readonly error?: string;
  readonly error_description?: string;
  readonly consent?: { readonly grantId: string };
};

export type InteractionOptions = {
  /** The provider as it is now: it is built anew when keys change. */
  readonly provider: () => Promise<Provider>;
  readonly directory: Directory;
  readonly upstreams: Upstreams;
  readonly accounts: Accounts;
  readonly pages: OidcPages;
  /** Where the state of an action instance can be read. */
  readonly stateOf: (client: OidcClient, owed: Owed | Held) => Promise<string | undefined>;
  readonly publicUrl: string;
};

const path = '/interaction/:uid';
/** Where a challenge can still be finished, or was and lacks its ticket. */
const unfinished = new Set(['CHALLENGE_REQUIRED', 'CHALLENGE_SUCCEEDED']);

/**
 * What a browser is sent through between an authorization request and its answer. Nothing goes on without the interaction cookie
 * of this very request, so that no other site or person can finish it (login CSRF).
 */
export const createInteractions = (options: InteractionOptions): Router => {
  const { pages, upstreams, accounts, directory } = options;
  const base = `${options.publicUrl}/oidc/interaction`;

  const show = (request: Request, response: Response, screen: HostScreen, status = 200, interaction?: Interaction) =>
    pages.show(request, response, screen, { status, ...langOf(interaction) });

  /** The interaction of this browser, if it is the one that the address names. */
  const interactionOf = async (request: Request, response: Response): Promise<Interaction | undefined> => {
    try {
      const details = await (await options.provider()).interactionDetails(request, response);
      return details.uid === request.params.uid ? details : undefined;
    } catch (error) {
      if (error instanceof errors.SessionNotFound) return undefined;
      throw error;
    }
  };

  const finish = async (
    request: Request,
    response: Response,
    { params, prompt, lastSubmission }: Interaction,
    result: Finish,
  ): Promise<void> => {
    const { beganAt } = prompt.details as StepwardDetails;
    const began = beganAt ?? (lastSubmission as RoundResult | undefined)?.beganAt;
    const url = await (await options.provider()).interactionResult(
      request,
      response,
      { ...result, ...(began !== undefined && { beganAt: began }) } as Parameters<Provider['interactionResult']>[2],
      { mergeWithLastSubmission: true },
    );
    if (request.method === 'POST') return pages.leave(request, response, url, langOf({ params }));
    goTo(response, url);
  };

  const goTo = (response: Response, url: string): void => {
    response.writeHead(303, { Location: url, 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' }).end();
  };

  type Handler = (request: Request, response: Response, interaction: Interaction, client: OidcClient) => Promise<void>;

  /** Runs where the interaction is this browser's, and its client still there. */
  const within =
    (handler: Handler) =>
    async (request: Request, response: Response): Promise<void> => {
      const interaction = await interactionOf(request, response);
      const client = interaction && directory.client(String(interaction.params.client_id));
      if (!interaction || !client) return show(request, response, { screen: 'begin-again' }, 400);
      return handler(request, response, interaction, client);
    };

  const signIn: Handler = async (request, response, interaction, client) => {
    const { params, lastSubmission } = interaction;
    // who was asked for is not who signed in: to ask again would go round for ever
    if ((lastSubmission as RoundResult | undefined)?.login)
      return finish(request, response, interaction, { error: 'login_required', error_description: 'another user was asked for' });
    const upstream = chooseUpstream(directory, client, params.login_hint);
    if (upstream === 'ask')
      return show(request, response, {
        screen: 'address',
        action: `/oidc/interaction/${interaction.uid}/address`,
        fields: {},
        isUnknown: false,
      });
    return begin(request, response, interaction, upstream, typeof params.login_hint === 'string' ? params.login_hint : undefined);
  };

  const begin = async (
    request: Request,
    response: Response,
    interaction: Interaction,
    upstream: OidcUpstream | undefined,
    loginHint: string | undefined,
  ): Promise<void> => {
    if (!upstream) return finish(request, response, interaction, unavailable);
    const { params, prompt } = interaction;
    pages.device(request, response, true);
    try {
      const url = await upstreams.begin(upstream, {
        uid: interaction.uid,
        ...(loginHint !== undefined && { loginHint }),
        ...(typeof params.ui_locales === 'string' && { uiLocales: params.ui_locales }),
        ...(prompt.reasons.includes('login_prompt') && { prompt: 'login' }),
        ...(params.max_age !== undefined && { maxAge: Number(params.max_age) }),
        ...(typeof params.acr_values === 'string' && { acrValues: params.acr_values.split(' ') }),
      });
      if (request.method === 'POST') return pages.leave(request, response, url, langOf(interaction));
      return goTo(response, url);
    } catch (error) {
      return failed(request, response, interaction, error);
    }
  };

  const failed = (request: Request, response: Response, interaction: Interaction, error: unknown): Promise<void> => {
    if (!(error instanceof UpstreamError)) throw error;
    return finish(request, response, interaction, { error: error.error, error_description: descriptions[error.error] });
  };

  const stepUp: Handler = async (request, response, interaction, client) => {
    const { owed } = interaction.prompt.details as StepwardDetails;
    const here = `${base}/${interaction.uid}`;
    if (owed?.kind === 'review')
      return show(
        request,
        response,
        { screen: 'under-review', reference: owed.idempotencyKey, href: `${here}/return`, client: client.name },
        200,
        interaction,
      );
    if (owed === undefined) return finish(request, response, interaction, unavailable);
    pages.device(request, response, true);
    if (!(await pages.enter(request, response, { c: owed.c, returnUrl: `${here}/return`, ...langOf(interaction) })))
      return show(request, response, { screen: 'begin-again' }, 400);
  };

  const consent: Handler = async (request, response, interaction, client) => {
    if (client.firstParty) return grant(request, response, interaction, client);
    const { missingOIDCScope = [], missingOIDCClaims = [] } = interaction.prompt.details as {
      readonly missingOIDCScope?: readonly string[];
      readonly missingOIDCClaims?: readonly string[];
    };
    return show(request, response, {
      screen: 'consent',
      action: `/oidc/interaction/${interaction.uid}/consent`,
      fields: {},
      client: client.name,
      scopes: missingOIDCScope,
      claims: missingOIDCClaims,
    });
  };

  const grant: Handler = async (request, response, interaction) => {
    const grantId = await grantMissing(await options.provider(), interaction);
    return finish(request, response, interaction, { consent: { grantId } });
  };

  const prompts: Readonly<Record<string, Handler>> = { login: signIn, stepward: stepUp, consent };

  const returned: Handler = async (request, response, interaction, client) => {
    const { owed } = interaction.prompt.details as StepwardDetails;
    if (interaction.prompt.name !== 'stepward' || !owed) return show(request, response, { screen: 'begin-again' }, 400);
    const ticket = request.query.stepward_ticket;
    if (typeof ticket === 'string') return finish(request, response, interaction, { stepwardTicket: ticket });
    const here = `${base}/${interaction.uid}`;
    const state = await options.stateOf(client, owed);
    if (state !== undefined && unfinished.has(state))
      return show(request, response, { screen: 'pending', href: here, cancelHref: `${here}/cancel` });
    return finish(request, response, interaction, {});
  };

  const upstreamReturned: Handler = async (request, response, interaction) => {
    const upstream = directory.upstream(String(request.query.upstream));
    if (interaction.prompt.name !== 'login' || !upstream) return show(request, response, { screen: 'begin-again' }, 400);
    const query = new URL(request.url, options.publicUrl).searchParams;
    query.delete('upstream');
    let login: UpstreamLogin;
    try {
      login = await upstreams.finish(upstream, interaction.uid, query);
    } catch (error) {
      return failed(request, response, interaction, error);
    }
    const accountId = await accounts.signedIn(login);
    return finish(request, response, interaction, {
      login: { accountId, ts: Math.floor(login.at / 1000) },
      upstream: resultOf(upstream, login),
    });
  };

  /** The way back from an upstream: on to where the interaction cookie is present, with nothing spent. */
  const callback = async (request: Request, response: Response): Promise<void> => {
    const { upstream } = request.params;
    const { state } = request.query;
    const uid = typeof state === 'string' && typeof upstream === 'string' ? await upstreams.interactionOf(upstream, state) : undefined;
    if (uid === undefined || typeof upstream !== 'string') return show(request, response, { screen: 'begin-again' }, 400);
    const query = new URL(request.url, options.publicUrl).searchParams;
    query.set('upstream', upstream);
    return goTo(response, `/oidc/interaction/${uid}/upstream?${query}`);
  };

  const named: Handler = async (request, response, interaction, client) => {
    const address = (await pages.posted(request, response))?.get('address') ?? '';
    const upstream = chooseUpstream(directory, client, address);
    if (interaction.prompt.name !== 'login') return show(request, response, { screen: 'begin-again' }, 400);
    if (upstream === 'ask' || !upstream)
      return show(
        request,
        response,
        { screen: 'address', action: `/oidc/interaction/${interaction.uid}/address`, fields: {}, isUnknown: true },
        422,
      );
    return begin(request, response, interaction, upstream, address);
  };

  const consented: Handler = async (request, response, interaction, client) => {
    if (interaction.prompt.name !== 'consent') return show(request, response, { screen: 'begin-again' }, 400);
    const posted = await pages.posted(request, response);
    if (posted === undefined) return show(request, response, { screen: 'begin-again' }, 403);
    if (posted.get('decision') !== 'allow') return finish(request, response, interaction, cancelled);
    return grant(request, response, interaction, client);
  };

  const cancel: Handler = (request, response, interaction) => finish(request, response, interaction, cancelled);

  const router = Router();
  router.get('/callback/:upstream', callback);
  router.get(
    path,
    within((request, response, interaction, client) => {
      const handler = prompts[interaction.prompt.name];
      return handler ? handler(request, response, interaction, client) : finish(request, response, interaction, unavailable);
    }),
  );
  router.get(`${path}/upstream`, within(upstreamReturned));
  router.get(`${path}/return`, within(returned));
  router.get(`${path}/cancel`, within(cancel));
  router.post(`${path}/address`, within(named));
  router.post(`${path}/consent`, within(consented));
  return router;
};

const langOf = (interaction: Pick<Interaction, 'params'> | undefined): { readonly lang?: string } => {
  const lang = interaction?.params.ui_locales;
  return typeof lang === 'string' ? { lang } : {};
};

const cancelled = { error: 'access_denied', error_description: 'the sign-in was cancelled' } as const;
const unavailable = { error: 'temporarily_unavailable', error_description: 'the sign-in cannot be done now' } as const;
const descriptions = { access_denied: cancelled.error_description, temporarily_unavailable: unavailable.error_description } as const;

const resultOf = (upstream: OidcUpstream, { sid, amr, at, idToken }: UpstreamLogin): UpstreamResult => ({
  id: upstream.id,
  at,
  amr: upstream.trusted ? amr : [],
  ...(sid !== undefined && { sid }),
  ...(upstream.endSession && { idToken }),
});
