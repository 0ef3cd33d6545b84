import { hash, timingSafeEqual } from 'node:crypto';
import { apiKeyHash, apiKeyId, type Policies, StepwardError } from '../../core/index.ts';
import type { Secrets } from '../../core/ports/secrets.ts';
import type { Principal } from './route.ts';

/** The sentence that callers of a bad key read, whatever was wrong with it. */
export const refusedKey = (): StepwardError =>
  new StepwardError('unauthorized', 'The request is unauthorized. Check that your API key and region base URL are correctly configured.');

const basic = /^basic +([A-Za-z0-9+/_-]+={0,2}) *$/i;
const longestHeader = 1024;

/** The key of a Basic header: what stands before the colon, if there is one. Undefined for anything else. */
export const keyOf = (header: string | undefined): string | undefined => {
  if (header === undefined || header.length > longestHeader) return undefined;
  const encoded = basic.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  const key = colon < 0 ? decoded : decoded.slice(0, colon);
  return key === '' ? undefined : key;
};

type EnvironmentKey = { readonly digest: Buffer; readonly principal: Principal };

const digestOf = (key: string): Buffer => hash('sha256', key, 'buffer');

const environmentKeys = (kind: 'server' | 'management', keys: readonly string[]): readonly EnvironmentKey[] =>
  keys.map((key, index) => ({ digest: digestOf(key), principal: { kind, actor: `${kind}-key:environment-${index + 1}` } }));

/**
 * Tells who calls. Keys of the environment are compared in memory; a key made by the management API is looked up in
 * settings at least as new as this call, so that one deleted on another node is refused here at once.
 *
 * @throws StepwardError `unauthorized`.
 */
export const createIdentify = (options: {
  readonly secrets: Secrets;
  readonly policies: Policies;
  readonly serverKeys: readonly string[];
  readonly managementKeys: readonly string[];
  readonly now: () => number;
}): ((header: string | undefined) => Principal | Promise<Principal>) => {
  const { secrets, policies, now } = options;
  const known = [...environmentKeys('server', options.serverKeys), ...environmentKeys('management', options.managementKeys)];

  const stored = async (id: string, presented: string): Promise<Principal> => {
    const key = (await policies.fresh()).apiKeys.get(id);
    if (!key || !secrets.equal(apiKeyHash(secrets, presented), key.hash) || (key.expiresAt !== undefined && key.expiresAt <= now()))
      throw refusedKey();
    return { kind: key.kind, actor: `${key.kind}-key:${key.id}`, ...(key.actions && { actions: key.actions }) };
  };

  return (header) => {
    const key = keyOf(header);
    if (key === undefined) throw refusedKey();
    const digest = digestOf(key);
    let match: Principal | undefined;
    // every key is compared, so that the time does not tell which one was near
    for (const candidate of known) if (timingSafeEqual(digest, candidate.digest)) match = candidate.principal;
    if (match) return match;
    const id = apiKeyId(key);
    if (id === undefined) throw refusedKey();
    return stored(id, key);
  };
};
