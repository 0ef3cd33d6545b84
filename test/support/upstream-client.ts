import { randomBytes } from 'node:crypto';
import { createEgress } from '../../adapters/egress/egress.ts';
import { createGuardedFetch } from '../../adapters/egress/guarded-fetch.ts';
import { createUpstreams, type UpstreamRecords } from '../../adapters/oidc/upstreams.ts';
import { createRandom } from '../../adapters/secrets/random.ts';
import { createSecrets } from '../../adapters/secrets/secrets.ts';
import { type OidcUpstream, oidcUpstreamDefaults, upstreamSecretContext } from '../../core/index.ts';
import type { UpstreamProvider } from './upstream-provider.ts';

export const publicUrl = 'http://localhost:8080';
const clientSecret = 'a-client-secret-of-the-lab-0123456789';

/** Stepward as the upstream provider of the lab knows it. */
export const labClient = (about: { readonly id?: string; readonly authMethod?: OidcUpstream['authMethod'] } = {}) => {
  const { id = 'corp', authMethod = 'client_secret_basic' } = about;
  return {
    client_id: `stepward-${id}`,
    ...(authMethod !== 'none' && { client_secret: clientSecret }),
    token_endpoint_auth_method: authMethod,
    redirect_uris: [`${publicUrl}/oidc/callback/${id}`],
    post_logout_redirect_uris: [`${publicUrl}/oidc/logged-out`],
    backchannel_logout_uri: `${publicUrl}/oidc/backchannel-logout/${id}`,
    backchannel_logout_session_required: true,
  } as const;
};

const createRecords = (): UpstreamRecords => {
  const rows = new Map<string, object>();
  const key = (model: string, id: string): string => `${model}:${id}`;
  return {
    put: async (model, id, value) => {
      rows.set(key(model, id), value);
    },
    insert: async (model, id, value) => {
      if (rows.has(key(model, id))) return false;
      rows.set(key(model, id), value);
      return true;
    },
    find: async (model, id) => rows.get(key(model, id)),
    take: async (model, id) => {
      const found = rows.get(key(model, id));
      rows.delete(key(model, id));
      return found;
    },
  };
};

/** The upstream side of Stepward, with a clock that can be moved. */
export const upstreamSide = () => {
  const secrets = createSecrets({ keys: [{ id: 'k1', key: randomBytes(32) }] });
  const logs: string[] = [];
  let ahead = 0;
  const upstreams = createUpstreams({
    records: createRecords(),
    secrets,
    fetch: createGuardedFetch(createEgress({ allowedRanges: [], loopback: true })),
    publicUrl,
    now: () => Date.now() + ahead,
    random: createRandom(),
    log: (message) => logs.push(message),
    development: true,
  });
  return {
    upstreams,
    logs,
    pass: (ms: number) => {
      ahead += ms;
    },
    /** The record of a lab that knows `labClient(about)`. */
    record: ({ issuer }: UpstreamProvider, about: Partial<OidcUpstream> = {}): OidcUpstream => {
      const { id = 'corp', authMethod = 'client_secret_basic' } = about;
      return {
        ...oidcUpstreamDefaults,
        id,
        name: id,
        issuer,
        clientId: `stepward-${id}`,
        authMethod,
        ...(authMethod !== 'none' && { sealedClientSecret: secrets.seal(upstreamSecretContext(id), clientSecret) }),
        endSession: true,
        version: 1,
        createdAt: 1,
        ...about,
      };
    },
  };
};
