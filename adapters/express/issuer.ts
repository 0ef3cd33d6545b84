import { createLocalJWKSet, errors, type FlattenedJWSInput, type JSONWebKeySet, type JWSHeaderParameters } from 'jose';
import { fetchJson, type Http } from './fetch-json.ts';
import { Unavailable } from './refusal.ts';
import { safeUrl } from './safe-url.ts';

/** Milliseconds: how long what an issuer published counts without asking again, and the least time between two tries. */
const fresh = 600_000;
const coolDown = 30_000;

type LocalKeys = ReturnType<typeof createLocalJWKSet>;
type PublicKey = Awaited<ReturnType<LocalKeys>>;
type Published = { readonly keys: LocalKeys; readonly introspection?: string; readonly at: number };

export type IssuerSettings = {
  /** Exactly as its discovery document says it. */
  readonly issuer: string;
  readonly http: Http;
  /** Milliseconds since it was fetched: how long what was published is used while the issuer does not answer. */
  readonly usable: number;
  readonly now: () => number;
};

/** What an issuer publishes about itself: fetched when first needed, cached, and fetched anew for a key that is not known. */
export type Issuer = {
  /** The key of a token, for `jwtVerify`. Rejects with `JWKSNoMatchingKey`, or with `Unavailable`. */
  readonly key: (header: JWSHeaderParameters, token: FlattenedJWSInput) => Promise<PublicKey>;
  readonly introspectionEndpoint: () => Promise<string>;
};

const discoveryUrl = (issuer: string): string => `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;

/** createRemoteJWKSet of jose neither uses stale keys nor waits after a failed fetch, and wants the address beforehand. */
export const createIssuer = ({ issuer, http, usable, now }: IssuerSettings): Issuer => {
  let published: Published | undefined;
  let triedAt: number | undefined;
  let failure: unknown;
  let pending: Promise<Published> | undefined;

  const get = async (url: string): Promise<Readonly<Record<string, unknown>>> => {
    const { status, body } = await fetchJson(http, url, {}, coolDown / 1000);
    if (status === 200 && typeof body === 'object' && body !== null) return body as Record<string, unknown>;
    throw new Unavailable(`${url} answered ${status}, or no object`, coolDown / 1000);
  };
  const load = async (): Promise<Published> => {
    const document = await get(discoveryUrl(issuer));
    if (document.issuer !== issuer) throw new Unavailable(`the discovery document is of another issuer than ${issuer}`, coolDown / 1000);
    try {
      const keys = createLocalJWKSet((await get(safeUrl('jwks_uri', document.jwks_uri).href)) as unknown as JSONWebKeySet);
      const endpoint = document.introspection_endpoint;
      const introspection = endpoint === undefined ? undefined : safeUrl('introspection_endpoint', endpoint).href;
      return { keys, introspection, at: now() };
    } catch (cause) {
      if (cause instanceof Unavailable) throw cause;
      throw new Unavailable(`what ${issuer} publishes cannot be used`, coolDown / 1000, { cause });
    }
  };
  /** One fetch at a time, whoever asks. */
  const refresh = (): Promise<Published> => {
    pending ??= load()
      .then(
        (next) => {
          failure = undefined;
          published = next;
          return next;
        },
        (error: unknown) => {
          failure = error;
          throw error;
        },
      )
      .finally(() => {
        triedAt = now();
        pending = undefined;
      });
    return pending;
  };
  // a clock that was set back makes an age negative: what it says then is not known
  const younger = (at: number | undefined, limit: number): boolean => at !== undefined && now() - at >= 0 && now() - at < limit;
  /** After a try, whatever came of it, the next one waits. */
  const isCooling = (): boolean => !pending && younger(triedAt, coolDown);

  const current = async (): Promise<Published> => {
    if (published && younger(published.at, fresh)) return published;
    try {
      if (!isCooling()) return await refresh();
    } catch {
      // `failure` has it
    }
    if (published && younger(published.at, usable)) return published;
    throw failure ?? new Unavailable(`${issuer} was asked a moment ago`, coolDown / 1000);
  };

  return {
    key: async (header, token) => {
      const { keys } = await current();
      try {
        return await keys(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        // while the issuer does not answer, nobody knows whether it has the key
        if (isCooling()) throw failure ?? error;
      }
      return (await refresh()).keys(header, token);
    },
    introspectionEndpoint: async () => {
      const { introspection } = await current();
      if (introspection) return introspection;
      throw new Unavailable(`${issuer} publishes no introspection endpoint`, coolDown / 1000);
    },
  };
};
