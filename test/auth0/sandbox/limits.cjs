'use strict';

/** Auth0's limits on an Action (Auth0's documentation, `customize/actions/limitations` and `entity-limit-policy`). */
exports.limits = {
  codeBytes: 100_000,
  executionMs: 20_000,
  consoleCharacters: 256,
  secrets: { most: 30, name: 128, value: 4096 },
  metadata: { key: 64, value: 8192, total: 16_384 },
  cache: { most: 20, key: 64, value: 4096, total: 8192, lifetimeMs: 86_400_000 },
};

/** Claims that Auth0 drops without a word (`secure/tokens/json-web-tokens/create-custom-claims`). */
const reserved = new Set(
  `acr act active amr at_hash ath attest aud auth_time authorization_details azp c_hash client_id cnf cty dest entitlements events exp
  groups gty htm htu iat internalService iss jcard jku jti jwe jwk kid may_act mky nbf nonce object_id org_id org_name orig origid
  permissions roles rph s_hash sid sub sub_jwk toe txn typ uuid vot vtm x5t#S256`.split(/\s+/),
);

const ownNamespaces = ['auth0.com', 'webtask.io', 'webtask.run'];

const hostOf = (name) => {
  try {
    return new URL(name).hostname;
  } catch {
    return undefined;
  }
};

exports.isDropped = (name) => {
  if (reserved.has(name) || name.startsWith('sip_') || name.startsWith('urn:auth0')) return true;
  const host = hostOf(name);
  return host !== undefined && ownNamespaces.some((domain) => host === domain || host.endsWith(`.${domain}`));
};

const bytes = (value) => Buffer.byteLength(String(value));

exports.checkSecrets = (secrets) => {
  const { most, name, value } = exports.limits.secrets;
  const entries = Object.entries(secrets);
  if (entries.length > most) throw new Error(`an Action has ${most} secrets at most, this one ${entries.length}`);
  for (const [key, text] of entries) {
    if (typeof text !== 'string') throw new Error(`the secret \`${key}\` is no text`);
    if (key.length > name) throw new Error(`the name of a secret has ${name} characters at most`);
    if (text.length > value) throw new Error(`the secret \`${key}\` has more than ${value} characters`);
  }
};

exports.checkMetadata = (metadata, key, value) => {
  const most = exports.limits.metadata;
  if (typeof key !== 'string' || key.length === 0 || key.length > most.key) throw new Error('the key of transaction metadata is refused');
  const isSafe = typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isSafeInteger(value));
  if (!isSafe) throw new Error(`the value of the transaction metadata \`${key}\` is no text, safe number or boolean`);
  if (bytes(value) > most.value) throw new Error(`the value of the transaction metadata \`${key}\` is too large`);
  const total = Object.entries({ ...metadata, [key]: value }).reduce((sum, [name, held]) => sum + bytes(name) + bytes(held), 0);
  if (total > most.total) throw new Error('transaction metadata is too large');
};

exports.createCache = () => {
  const most = exports.limits.cache;
  const entries = new Map();
  const live = (key) => {
    const found = entries.get(key);
    if (found && found.expires_at <= Date.now()) entries.delete(key);
    return entries.get(key);
  };
  const refused = (code) => ({ type: 'error', code });
  return {
    clear: () => entries.clear(),
    api: {
      get: live,
      delete: (key) => ({ type: entries.delete(key) ? 'success' : 'error' }),
      set: (key, value, options = {}) => {
        if (bytes(key) > most.key || bytes(value) > most.value) return refused('ItemSizeExceeded');
        const others = [...entries].filter(([name]) => name !== key);
        const total = others.reduce((sum, [name, held]) => sum + bytes(name) + bytes(held.value), bytes(key) + bytes(value));
        if (others.length >= most.most || total > most.total) return refused('CacheSizeExceeded');
        const until = options.expires_at ?? Date.now() + (options.ttl ?? most.lifetimeMs);
        entries.set(key, { value: String(value), expires_at: Math.min(until, Date.now() + most.lifetimeMs) });
        return { type: 'success', record: entries.get(key) };
      },
    },
  };
};
