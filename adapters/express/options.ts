import { acrValues as known } from '../../core/index.ts';
import type { IntrospectionOptions } from './opaque-token.ts';
import { createReplayMemory, type Replay } from './replay.ts';
import { safeUrl } from './safe-url.ts';

/** Signatures that are taken. No `none`, and none that a shared secret makes. */
const asymmetric = ['ES256', 'PS256', 'RS256', 'EdDSA', 'Ed25519', 'ES384', 'ES512', 'PS384', 'PS512', 'RS384', 'RS512'] as const;

export type ResourceServerOptions = {
  /** Exactly as the issuer's discovery document says it. */
  readonly issuer: string;
  /** What this API is called in the `aud` of its tokens; several while a name changes. */
  readonly audience: string | readonly string[];
  /** Where clients see this API: origin, and the path that a proxy takes off. With it DPoP is taken, without it Bearer alone. */
  readonly publicUrl?: string;
  /** Opaque tokens are asked about at the issuer; without it only JWTs are taken. */
  readonly introspection?: IntrospectionOptions;
  /** Remembers DPoP proofs; by default in the memory of this process, which is enough for one process. */
  readonly replay?: Replay;
  /** That the issuer may sign with; ES256, PS256, RS256, EdDSA and Ed25519 unless given. */
  readonly algorithms?: readonly string[];
  /** Seconds by which the issuer's clock may differ, 5 unless given. */
  readonly clockTolerance?: number;
  /** Seconds by which the time of a proof may differ, 60 unless given. */
  readonly proofWindow?: number;
  /** Seconds since they were fetched: how long the issuer's keys are used while it does not answer; 3,600 unless given. */
  readonly staleFor?: number;
  /** Milliseconds for each call to the issuer and to `replay`, 5,000 unless given. */
  readonly timeout?: number;
  /** Hears why a request was answered with 503. */
  readonly onUnavailable?: (cause: Error) => void;
  /** The global `fetch` unless given. */
  readonly fetch?: typeof fetch;
  /** Unix milliseconds. */
  readonly now?: () => number;
};

/** What one route asks for; at least one of the two. */
export type StepUpRule = {
  /** One of these must be met (`urn:stepward:aal1` to `aal3`, `phr`, `phrh`), the one that is liked best first. */
  readonly acrValues?: readonly string[];
  /** Seconds since the user last proved who he is. */
  readonly maxAge?: number;
};

const text = (name: string, value: unknown): string => {
  if (typeof value !== 'string' || value === '') throw new TypeError(`\`${name}\` must be a string that is not empty`);
  return value;
};
const texts = (name: string, value: unknown): readonly string[] => {
  if (!Array.isArray(value) || value.length === 0) throw new TypeError(`\`${name}\` must be a list that is not empty`);
  return value.map((one) => text(name, one));
};
const upTo = (most: number, name: string, value: unknown): number => {
  if (!Number.isSafeInteger(value) || (value as number) < 0 || (value as number) > most)
    throw new TypeError(`\`${name}\` must be a whole number from 0 to ${most}`);
  return value as number;
};

const checkedPublicUrl = (value: string): URL => {
  const url = safeUrl('`publicUrl`', value);
  if (url.search) throw new TypeError('`publicUrl` has no query');
  return url;
};
const checkedAlgorithms = (value: unknown): readonly string[] =>
  texts('algorithms', value).map((one) => {
    if (!asymmetric.some((algorithm) => algorithm === one)) throw new TypeError(`\`${one}\` is no algorithm of a public key that is taken`);
    return one;
  });
const checkedIntrospection = ({ clientId, clientSecret, clients, cacheFor = 30 }: IntrospectionOptions): IntrospectionOptions => {
  if (!Array.isArray(clients)) throw new TypeError('`introspection.clients` must be a list');
  return {
    clientId: text('introspection.clientId', clientId),
    clientSecret: text('introspection.clientSecret', clientSecret),
    clients: clients.map((one) => text('introspection.clients', one)),
    cacheFor: upTo(30, 'introspection.cacheFor', cacheFor),
  };
};

/** The options with what was left out. Throws `TypeError` for what would let in too much or nobody: a missing audience, say. */
export const checkedOptions = (options: ResourceServerOptions) => {
  const { issuer, audience, publicUrl, introspection, algorithms = asymmetric.slice(0, 5), now = Date.now } = options;
  if (safeUrl('`issuer`', issuer).search) throw new TypeError('`issuer` has no query');
  return {
    issuer,
    audience: typeof audience === 'string' ? [text('audience', audience)] : texts('audience', audience),
    publicUrl: publicUrl === undefined ? undefined : checkedPublicUrl(publicUrl),
    introspection: introspection && checkedIntrospection(introspection),
    replay: options.replay ?? createReplayMemory(now),
    algorithms: checkedAlgorithms(algorithms),
    clockTolerance: upTo(300, 'clockTolerance', options.clockTolerance ?? 5),
    proofWindow: upTo(300, 'proofWindow', options.proofWindow ?? 60),
    staleFor: upTo(86_400, 'staleFor', options.staleFor ?? 3_600),
    timeout: upTo(60_000, 'timeout', options.timeout ?? 5_000),
    onUnavailable: options.onUnavailable ?? (() => {}),
    fetch: options.fetch ?? globalThis.fetch,
    now,
  };
};

const checkedAcr = (value: unknown): string => {
  const acr = text('acrValues', value);
  // values are told apart by spaces; a header holds no others
  if (!/^[\x21-\x7e]+$/.test(acr)) throw new TypeError(`\`${acr}\` is no acr value: it has spaces or is not ASCII`);
  if (acr.startsWith('urn:stepward:') && !known.some((one) => one === acr))
    throw new TypeError(`\`${acr}\` is none of ${known.join(', ')}: nobody could ever meet it`);
  return acr;
};

/** Throws `TypeError` for a rule that asks nothing or what cannot be met, and for a demand that is there without a value. */
export const checkedRule = (rule: StepUpRule): StepUpRule => {
  const asks = (name: keyof StepUpRule): boolean => Object.hasOwn(rule, name);
  if (!asks('acrValues') && !asks('maxAge'))
    throw new TypeError('a step-up needs `acrValues` or `maxAge`: for a valid token and no more there is `requireToken`');
  return {
    ...(asks('acrValues') && { acrValues: texts('acrValues', rule.acrValues).map(checkedAcr) }),
    ...(asks('maxAge') && { maxAge: upTo(Number.MAX_SAFE_INTEGER, 'maxAge', rule.maxAge) }),
  };
};
