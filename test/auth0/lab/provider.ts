import { generateKeyPairSync } from 'node:crypto';
import type { JWK } from 'jose';
import { type Adapter, type Configuration, errors, interactionPolicy, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { ActionEvent, Effects } from '../sandbox/index.ts';
import type { Login, Pipeline, TenantUser } from './pipeline.ts';

/** An execution that ended in a wish: the browser is to go elsewhere, or to pass a factor. */
export type Suspended = { readonly event: ActionEvent; readonly effects: Effects; readonly sessionUid: string };

/** What the pipeline came to, as an interaction's result. */
export type Settled = { readonly actions: Pick<Effects, 'idTokenClaims' | 'accessTokenClaims'> };

export const claimNamespace = 'https://stepward.example/claims';
export const api = 'https://api.example';

const newKey = (): JWK => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: 'lab', alg: 'RS256', use: 'sig' };
};

/** Whether the pipeline stops here, and with what. */
export const refusalOf = ({ denied, error }: Effects): string | undefined => denied ?? error;

const loginOf = (ctx: KoaContextWithOIDC): Login => {
  const { params = {}, session, client, requestParamScopes } = ctx.oidc;
  const query = Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
  return {
    userId: String(session?.accountId),
    sessionUid: String(session?.uid),
    clientId: String(client?.clientId),
    protocol: String(params.response_type).includes('code') ? 'oidc-basic-profile' : 'oidc-implicit-profile',
    prompt: params.prompt === undefined ? [] : String(params.prompt).split(' '),
    query,
    scopes: [...requestParamScopes],
    request: ctx.req,
  };
};

/**
 * An OpenID provider that runs an Action after every login, SSO, silent sign-in and refresh, as Auth0 does.
 * @param about `suspend` is told where the Action asked for the browser, and says where it goes.
 */
export const createProvider = (about: {
  readonly issuer: string;
  /** What is kept, clients among it. */
  readonly memory: (model: string) => Adapter;
  readonly users: Readonly<Record<string, TenantUser>>;
  readonly pipeline: Pipeline;
  suspend(ctx: KoaContextWithOIDC, uid: string, suspended: Suspended): string;
}): Provider => {
  const { pipeline, users } = about;
  const suspended = new WeakMap<KoaContextWithOIDC, Suspended>();
  const claims = new Map<string, Settled['actions']>();
  const claimsOf = ({ oidc }: KoaContextWithOIDC) => claims.get(String(oidc.entities.Grant?.jti));
  const settle = ({ oidc }: KoaContextWithOIDC, { idTokenClaims, accessTokenClaims }: Settled['actions']): void =>
    void claims.set(String(oidc.entities.Grant?.jti), { idTokenClaims, accessTokenClaims });

  const runs = async (ctx: KoaContextWithOIDC): Promise<boolean> => {
    const { session, result } = ctx.oidc;
    if (!session?.accountId) return false;
    const settled = result as (typeof result & Partial<Settled>) | undefined;
    if (settled?.actions) {
      settle(ctx, settled.actions);
      return false;
    }
    if (result?.login) pipeline.prove(session.uid, { name: 'pwd' });
    // Auth0 says `amr` in the interactive login that met the factor, and in no later one
    if (session.amr) session.amr = undefined;
    const { event, effects } = await pipeline.begin(loginOf(ctx));
    if (effects.error === 'interaction_required') throw new errors.InteractionRequired('the Action asks for a redirect');
    const refusal = refusalOf(effects);
    if (refusal !== undefined) throw new errors.AccessDenied(refusal);
    if (effects.redirectedTo ?? effects.challenged ?? effects.enrolled) {
      suspended.set(ctx, { event, effects, sessionUid: session.uid });
      return true;
    }
    settle(ctx, effects);
    return false;
  };

  const refreshes = async (ctx: KoaContextWithOIDC): Promise<boolean> => {
    const { RefreshToken: token, Client: client } = ctx.oidc.entities;
    const { effects } = await pipeline.begin({
      userId: String(token?.accountId),
      sessionUid: String(token?.sessionUid),
      clientId: String(client?.clientId),
      protocol: 'oauth2-refresh-token',
      query: {},
      scopes: [...(token?.scopes ?? [])],
      request: ctx.req,
    });
    const refusal = refusalOf(effects);
    if (refusal !== undefined) throw new errors.InvalidGrant(refusal);
    settle(ctx, effects);
    return false;
  };

  const policy = interactionPolicy.base();
  policy.remove('consent');
  policy.add(
    new interactionPolicy.Prompt(
      { name: 'actions', requestable: false },
      new interactionPolicy.Check('action', 'an Action asks for the browser', 'interaction_required', runs),
    ),
  );

  const configuration: Configuration = {
    adapter: about.memory,
    jwks: { keys: [newKey()] as never },
    cookies: { keys: ['lab'], names: { session: 'lab_session', interaction: 'lab_interaction', resume: 'lab_resume' } },
    findAccount: (ctx, sub) =>
      users[sub] && {
        accountId: sub,
        claims: () => ({ email: users[sub]?.email, email_verified: users[sub]?.email_verified, ...claimsOf(ctx)?.idTokenClaims, sub }),
      },
    claims: {
      openid: ['sub', 'acr', 'amr', 'auth_time', 'sid', ...['acr', 'amr', 'decision'].map((name) => `${claimNamespace}/${name}`)],
      email: ['email', 'email_verified'],
      profile: [],
    },
    extraTokenClaims: (ctx) => claimsOf(ctx)?.accessTokenClaims,
    rotateRefreshToken: refreshes,
    // the library hands `offline_access` out after consent only, for which nobody is asked here
    issueRefreshToken: async (_, client) => client.grantTypeAllowed('refresh_token'),
    clientBasedCORS: () => true,
    pkce: { required: () => false },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => api,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: '', audience: api, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } }),
      },
    },
    interactions: {
      policy,
      url: (ctx, { uid, prompt }) => {
        const one = prompt.name === 'actions' ? suspended.get(ctx) : undefined;
        return one ? about.suspend(ctx, uid, one) : `/interaction/${uid}`;
      },
    },
    ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 86_400, Grant: 86_400, RefreshToken: 3600 },
    // nobody is asked for consent; a grant is what one transaction came to
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({ clientId: oidc.client?.clientId, accountId: oidc.session?.accountId });
      grant.addOIDCScope(String(oidc.params?.scope));
      await grant.save();
      return grant;
    },
    renderError: (ctx, out) => {
      ctx.body = `${out.error}: ${out.error_description}`;
    },
  };
  return new Provider(about.issuer, configuration);
};
