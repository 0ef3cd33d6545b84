import { type Auth0Tenant, auth0SecretContext, isLoopbackDomain, type Policies } from '../../core/index.ts';
import type { NotAdmitted, ReturnTransport, SentVisit } from '../../core/ports/return-transport.ts';
import type { Secrets } from '../../core/ports/secrets.ts';
import { signHs256, verifyHs256 } from './hs256.ts';

type Auth0ReturnPorts = {
  readonly policies: Pick<Policies, 'current'>;
  readonly secrets: Pick<Secrets, 'open'>;
  /** Our own, as `iss`; without a trailing slash. */
  readonly publicUrl: string;
  /** Development: a tenant may be this machine itself, without TLS. */
  readonly development: boolean;
  /** Milliseconds UTC. */
  readonly now: () => number;
  readonly uuid: () => string;
};

/** Seconds: the browser posts it at once. */
const returnLasts = 60;

/** Signed, sent and read over the same text; `continue` is where the tenant takes a browser back. */
type Found = { readonly tenant: Auth0Tenant; readonly continueUrl: string };

/**
 * Takes browsers that the Action of an Auth0 tenant sends, and gives them back to it by a post to `/continue` of the domain that they
 * came from. The return token says nothing of success: it carries the ticket, and Auth0's `state`, and travels home after a failure too.
 */
export const createAuth0Return = (ports: Auth0ReturnPorts): ReturnTransport => {
  const find = async (returnUrl: string): Promise<Found | undefined> => {
    const url = URL.parse(returnUrl);
    if (url?.pathname !== '/continue') return undefined;
    const isPlain = url.protocol === 'http:' && ports.development && isLoopbackDomain(url.host);
    if (url.protocol !== 'https:' && !isPlain) return undefined;
    // the core has just asked for the newest settings
    const { auth0Tenants } = await ports.policies.current();
    const tenant = [...auth0Tenants.values()].find(({ domains }) => domains.includes(url.host));
    return tenant && { tenant, continueUrl: `${url.protocol}//${url.host}/continue` };
  };

  const secretsOf = ({ id, sealedSecrets }: Auth0Tenant): readonly string[] =>
    sealedSecrets.map((sealed) => ports.secrets.open(auth0SecretContext(id), sealed));

  const seconds = (): number => Math.floor(ports.now() / 1000);

  const read = (tenant: Auth0Tenant, { userId, instance }: SentVisit, token: string): 'admitted' | NotAdmitted => {
    const claims = verifyHs256(token, secretsOf(tenant));
    if (!claims) return 'not signed by this tenant';
    if (!tenant.domains.some((domain) => domain === claims.iss)) return 'of another issuer';
    if (claims.sub !== userId || claims.instance !== instance) return 'of another visit';
    return typeof claims.exp === 'number' && seconds() < claims.exp ? 'admitted' : 'expired';
  };

  return {
    matches: async (returnUrl) => (await find(returnUrl)) !== undefined,

    admit: async (returnUrl, visit, token) => {
      const found = await find(returnUrl);
      if (!found) return 'of an unknown host';
      return token === undefined ? 'no session token' : read(found.tenant, visit, token);
    },

    leave: async (returnUrl, { ticket, state, visit }) => {
      const found = await find(returnUrl);
      const [secret] = found ? secretsOf(found.tenant) : [];
      // without a visit nobody vouched for this browser: the state would be one that it brought itself
      if (!found || secret === undefined || state === undefined || !visit) return undefined;
      const iat = seconds();
      const claims = {
        sub: visit.userId,
        iss: ports.publicUrl,
        iat,
        exp: iat + returnLasts,
        state,
        jti: ports.uuid(),
        instance: visit.instance,
        ...(ticket !== undefined && { ticket }),
      };
      return { kind: 'post', url: found.continueUrl, fields: { state, stepward_token: signHs256(claims, secret) } };
    },
  };
};
