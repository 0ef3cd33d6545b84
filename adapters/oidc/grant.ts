import type { Grant, KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { OidcClient } from '../../core/index.ts';

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;
type Missing = {
  readonly missingOIDCScope?: readonly string[];
  readonly missingOIDCClaims?: readonly string[];
  readonly missingResourceScopes?: Readonly<Record<string, readonly string[]>>;
};

/** Writes down what a person agreed to. */
export const grantMissing = async (provider: Provider, { params, session, grantId, prompt }: Interaction): Promise<string> => {
  const { missingOIDCScope = [], missingOIDCClaims = [], missingResourceScopes = {} } = prompt.details as Missing;
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  const grant = known ?? new provider.Grant({ accountId: session?.accountId, clientId: String(params.client_id) });
  if (missingOIDCScope.length > 0) grant.addOIDCScope(missingOIDCScope.join(' '));
  if (missingOIDCClaims.length > 0) grant.addOIDCClaims([...missingOIDCClaims]);
  for (const [resource, scopes] of Object.entries(missingResourceScopes)) grant.addResourceScope(resource, scopes.join(' '));
  return grant.save();
};

const requestedClaims = (claims: unknown): string[] => {
  if (typeof claims !== 'string') return [];
  const { userinfo, id_token: idToken } = JSON.parse(claims) as { readonly userinfo?: object | null; readonly id_token?: object | null };
  return [...Object.keys(userinfo ?? {}), ...Object.keys(idToken ?? {})];
};

/** The grant of this session and client; a first-party client has everything that it asks for, and nobody is asked. */
export const existingGrant = async (ctx: KoaContextWithOIDC, client: OidcClient | undefined): Promise<Grant | undefined> => {
  const { oidc } = ctx;
  const { session, provider } = oidc;
  const accountId = session?.accountId;
  const id = oidc.result?.consent?.grantId ?? session?.grantIdFor(String(oidc.params?.client_id));
  const found = id === undefined ? undefined : await provider.Grant.find(id);
  const grant = found?.accountId === accountId && found?.clientId === client?.clientId ? found : undefined;
  if (!client?.firstParty || accountId === undefined) return grant;
  const scopes = [...oidc.requestParamScopes];
  const claims = requestedClaims(oidc.params?.claims);
  const resources = Object.entries(oidc.resourceServers ?? {}).map(
    ([name, { scopes: known }]) => [name, scopes.filter((scope) => known.has(scope))] as const,
  );
  const next = grant ?? new provider.Grant({ accountId, clientId: client.clientId });
  const before = JSON.stringify([next.openid, next.resources]);
  next.addOIDCScope(scopes.join(' '));
  if (claims.length > 0) next.addOIDCClaims(claims);
  for (const [name, granted] of resources) if (granted.length > 0) next.addResourceScope(name, granted.join(' '));
  if (!grant || JSON.stringify([next.openid, next.resources]) !== before) await next.save();
  return next;
};

/** A resource that nobody can ask for: in a grant it says that no decision stands behind what was last given on it. */
const undecided = 'urn:stepward:undecided';

/** Whether tokens of this request rest on no decision: the core could not be asked, and the client's failure policy let them pass. */
export const isUndecided = ({ oidc }: KoaContextWithOIDC): boolean => oidc.entities.Grant?.resources?.[undecided] !== undefined;

/** Stamps the grant, or takes the stamp away; written only where it changes. */
export const stampUndecided = async (ctx: KoaContextWithOIDC, isSo: boolean): Promise<void> => {
  const { Grant: grant } = ctx.oidc.entities;
  if (!grant || isUndecided(ctx) === isSo) return;
  if (isSo) grant.addResourceScope(undecided, 'true');
  else delete grant.resources?.[undecided];
  await grant.save();
};
