import { generateKeyPair, type JsonWebKey } from 'node:crypto';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, type JWK } from 'jose';
import type { Policies, PolicyChange, PolicySet } from '../../core/index.ts';
import type { ProviderKey, ProviderKeyState } from '../../core/ports/provider-keys.ts';
import type { Secrets } from '../../core/ports/secrets.ts';

/** A key as it is kept: a document of kind `oidc-key`. */
export type KeptKey = ProviderKey & {
  /** The private JWK, sealed for this `kid`. */
  readonly sealed: string;
};

/** A key that was made and is nowhere yet. */
export type MadeKey = { readonly kid: string; readonly alg: ProviderKey['alg']; readonly jwk: JsonWebKey };

export type OpenedKeys = {
  /** Private, in the order in which oidc-provider wants them: it signs with the first that fits. */
  readonly jwks: { readonly keys: readonly (JWK & { readonly kty: string })[] };
  readonly publicJwks: { readonly keys: readonly JWK[] };
  /** Another one as soon as a key came, went or changed its state. */
  readonly version: string;
};

/** What is published but does not sign yet comes last. */
const order: readonly ProviderKeyState[] = ['signing', 'retired', 'published'];
const prefix = 'oidc-key/';
const contextOf = (kid: string): string => `oidc-key:${kid}`;
const generate = promisify(generateKeyPair);

/** The provider's keys in these settings, in the order of its key set. */
export const keptKeys = (set: Pick<PolicySet, 'others'>): readonly KeptKey[] =>
  [...set.others]
    .filter(([name]) => name.startsWith(prefix))
    .map(([, body]) => body as KeptKey)
    .toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || a.alg.localeCompare(b.alg) || a.kid.localeCompare(b.kid));

/** A key for each algorithm: RS256 is what every client of OpenID Connect must take, ES256 what FAPI asks for. */
export const makeKeys = async (): Promise<readonly MadeKey[]> => {
  const [elliptic, rsa] = await Promise.all([generate('ec', { namedCurve: 'P-256' }), generate('rsa', { modulusLength: 2048 })]);
  const made = [
    ['ES256', elliptic],
    ['RS256', rsa],
  ] as const;
  return Promise.all(
    made.map(async ([alg, { privateKey }]) => {
      const jwk = privateKey.export({ format: 'jwk' });
      return { kid: await calculateJwkThumbprint(jwk as JWK), alg, jwk };
    }),
  );
};

/** What puts new keys into the settings, sealed. */
export const putMade = (
  secrets: Secrets,
  made: readonly MadeKey[],
  entry: Pick<ProviderKey, 'state' | 'since' | 'until'>,
): Required<PolicyChange<void>>['put'] =>
  made.map(({ kid, alg, jwk }) => {
    const body: KeptKey = { kid, alg, ...entry, sealed: secrets.seal(contextOf(kid), JSON.stringify(jwk)) };
    return { kind: 'oidc-key', id: kid, body };
  });

/** Settings that have keys: at the first start one node makes them, whoever else tries finds them. */
export const ensureKeys = async (policies: Policies, secrets: Secrets, now: () => number): Promise<PolicySet> => {
  const set = await policies.current();
  if (keptKeys(set).length > 0) return set;
  const made = await makeKeys();
  await policies.change((newest) => {
    if (keptKeys(newest).length > 0) return { answer: undefined };
    return {
      put: putMade(secrets, made, { state: 'signing', since: now() }),
      audit: made.map(({ kid }) => ({ actor: 'start', what: 'oidc-key.created', subject: kid })),
      answer: undefined,
    };
  });
  return policies.current();
};

const versionOf = (keys: readonly KeptKey[]): string => keys.map(({ kid, state }) => `${kid} ${state}`).join('\n');

/** Of a private JWK what everybody may know (RFC 7518 §6): members that are listed, not all but some. */
const publicPart = ({ kty, kid, alg, use, crv, x, y, n, e }: JWK): JWK =>
  kty === 'RSA' ? { kty, kid, alg, use, n, e } : { kty, kid, alg, use, crv, x, y };

/** Opens the keys of these settings; throws where one was sealed under a key that is not configured. */
export const openKeys = (set: PolicySet, secrets: Secrets): OpenedKeys => {
  const kept = keptKeys(set);
  const keys = kept.map(({ kid, alg, sealed }) => {
    const jwk = JSON.parse(secrets.open(contextOf(kid), sealed)) as JWK & { readonly kty: string };
    return { ...jwk, kid, alg, use: 'sig' };
  });
  return { jwks: { keys }, publicJwks: { keys: keys.map(publicPart) }, version: versionOf(kept) };
};

/** The keys that the provider signs with, as of the newest settings that this node has heard of; made where there are none. */
export const providerKeys = async (policies: Policies, secrets: Secrets, now: () => number): Promise<OpenedKeys> =>
  openKeys(await ensureKeys(policies, secrets, now), secrets);

/** Whether keys came, went or changed since `version`. */
export const isOf = (set: PolicySet, version: string): boolean => versionOf(keptKeys(set)) === version;
