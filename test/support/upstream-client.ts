import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEgress } from '../../adapters/egress/egress.ts';
import { createGuardedFetch } from '../../adapters/egress/guarded-fetch.ts';
import { createProviderRecords } from '../../adapters/oidc/records.ts';
import type { UpstreamStart } from '../../adapters/oidc/upstream.ts';
import { createUpstreams } from '../../adapters/oidc/upstreams.ts';
import { createRandom } from '../../adapters/secrets/random.ts';
import { createSecrets } from '../../adapters/secrets/secrets.ts';
import { createStore } from '../../adapters/store/create-store.ts';
import { type OidcUpstream, oidcUpstreamDefaults, upstreamSecretContext } from '../../core/index.ts';
import { createUpstreamBrowser } from './upstream-browser.ts';
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

export type UpstreamSide = Awaited<ReturnType<typeof upstreamSide>>;

/** The upstream side of Stepward on SQLite, with a clock that can be moved. `deadline`: of each call, milliseconds. */
export const upstreamSide = async ({ deadline }: { readonly deadline?: number } = {}) => {
  const secrets = createSecrets({ keys: [{ id: 'k1', key: randomBytes(32) }] });
  const random = createRandom();
  const logs: string[] = [];
  let ahead = 0;
  const now = (): number => Date.now() + ahead;
  const folder = mkdtempSync(join(tmpdir(), 'stepward-upstream-'));
  const warn = (message: string): void => void logs.push(message);
  const store = await createStore(`sqlite:${join(folder, 'stepward.db')}`, { now, uuid: () => random.uuid(now()), warn });
  await store.migrate();
  let version = 0;
  /** Of one more node on the same database. */
  const node = () =>
    createUpstreams({
      records: createProviderRecords({ state: store.providerState, secrets, now, epoch: async () => 0, warn }),
      secrets,
      fetch: createGuardedFetch(createEgress({ allowedRanges: [], loopback: true, deadline })),
      publicUrl,
      now,
      random,
      log: warn,
      development: true,
    });
  const upstreams = node();
  return {
    upstreams,
    node,
    logs,
    close: async (): Promise<void> => {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
    pass: (ms: number) => {
      ahead += ms;
    },
    /** Goes as far as the return: somebody signs in at the provider, or presses Cancel. */
    goTo: async (upstream: OidcUpstream, login?: string, start: Partial<UpstreamStart> = {}, browser = createUpstreamBrowser()) => {
      const back = await browser.signIn(await upstreams.begin(upstream, { uid: 'uid-1', ...start }), login);
      return back.searchParams;
    },
    /** The record of a lab that knows `labClient(about)`, of another version each time: nothing is remembered of the one before. */
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
        version: ++version,
        createdAt: 1,
        ...about,
      };
    },
  };
};
