import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hash,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { StepwardError } from '../../core/index.ts';
import type { Secrets } from '../../core/ports/secrets.ts';

/** One key of `STEPWARD_ENCRYPTION_KEYS`: an id without a full stop, and 32 bytes. */
export type EncryptionKey = { readonly id: string; readonly key: Uint8Array };

const keyBytes = 32;
const tagBytes = 16;
/** The salt chooses the key of a run of texts: with 96 random bits of nonce under one key for ever, a busy node would run out. */
const saltBytes = 12;
const nonceBytes = saltBytes + 12;
const sealsPerSalt = 2 ** 24;
const cachedKeys = 1024;
const uuidParts = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;
const keyIdPattern = /^[A-Za-z0-9_-]{1,64}$/;

const derive = (master: Uint8Array, info: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', master, '', info, keyBytes)));

/** Remembers derived keys and ciphers: making one costs more than using it. */
const remembered = <T>(make: (name: string) => T): ((name: string) => T) => {
  const cache = new Map<string, T>();
  return (name) => {
    const cached = cache.get(name);
    if (cached !== undefined) return cached;
    if (cache.size >= cachedKeys) cache.clear();
    const key = make(name);
    cache.set(name, key);
    return key;
  };
};

const checked = (keys: readonly EncryptionKey[]): { readonly first: EncryptionKey; readonly last: EncryptionKey } => {
  const [first] = keys;
  const last = keys.at(-1);
  if (first === undefined || last === undefined) throw new TypeError('at least one encryption key is needed');
  for (const { id, key } of keys) {
    if (!keyIdPattern.test(id)) throw new TypeError(`key id \`${id}\` may have letters, digits, - and _ only`);
    if (key.length !== keyBytes) throw new TypeError(`key \`${id}\` must have ${keyBytes} bytes, got ${key.length}`);
  }
  if (new Set(keys.map(({ id }) => id)).size !== keys.length) throw new TypeError('key ids must differ');
  return { first, last };
};

/**
 * Creates keyed hashes and sealing at rest. The first key seals, every listed key opens. Hashes are keyed by the **last** key, so
 * that a key put first for rotation changes none of them: keep that key last until nothing hashed with it matters any more.
 *
 * @throws TypeError for no key, a key not of 32 bytes, or an id that is malformed or listed twice.
 * @example
 * const secrets = createSecrets({ keys: [{ id: '2027', key: newKey }, { id: '2026', key: oldKey }] });
 * secrets.open('totp|u1', secrets.seal('totp|u1', 'JBSW…'));
 */
export const createSecrets = ({ keys }: { readonly keys: readonly EncryptionKey[] }): Secrets => {
  const { first, last } = checked(keys);
  const sealingKeys = new Map(keys.map(({ id, key }) => [id, remembered((salt) => derive(key, `stepward seal ${salt}`))]));
  const sealingFirst = remembered((salt) => derive(first.key, `stepward seal ${salt}`));
  const pepper = Uint8Array.from(last.key);
  const hashKey = remembered((purpose) => derive(pepper, `stepward hash ${purpose}`));
  let salt: Buffer = randomBytes(saltBytes);
  let seals = 0;

  const seal = (context: string, plain: string): string => {
    seals += 1;
    if (seals % sealsPerSalt === 0) salt = randomBytes(saltBytes);
    const nonce = randomBytes(nonceBytes - saltBytes);
    const cipher = createCipheriv('aes-256-gcm', sealingFirst(salt.toString('base64url')), nonce);
    cipher.setAAD(Buffer.from(context));
    const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${first.id}.${Buffer.concat([salt, nonce]).toString('base64url')}.${text.toString('base64url')}`;
  };

  const open = (context: string, sealed: string): string => {
    const [id = '', encodedNonce = '', encodedText = '', ...rest] = sealed.split('.');
    const sealing = sealingKeys.get(id);
    if (sealing === undefined) throw new StepwardError('internal_error', 'a sealed text names a key that is not configured');
    const nonce = Buffer.from(encodedNonce, 'base64url');
    const text = Buffer.from(encodedText, 'base64url');
    const canonical = nonce.toString('base64url') === encodedNonce && text.toString('base64url') === encodedText;
    if (rest.length > 0 || !canonical || nonce.length !== nonceBytes || text.length < tagBytes) {
      throw new StepwardError('internal_error', 'a sealed text is malformed');
    }
    const salt = nonce.subarray(0, saltBytes).toString('base64url');
    const decipher = createDecipheriv('aes-256-gcm', sealing(salt), nonce.subarray(saltBytes), { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(text.subarray(-tagBytes));
    try {
      return decipher.update(text.subarray(0, -tagBytes), undefined, 'utf8') + decipher.final('utf8');
    } catch (cause) {
      throw new StepwardError('internal_error', 'a sealed text was changed or belongs to another context', { cause });
    }
  };

  const veilKey = remembered((purpose) => derive(pepper, `stepward veil ${purpose}`));
  // one block under a key of its own: a permutation of the 128-bit values, so that no nonce is needed and none repeats; a cipher
  // of this mode keeps nothing from one block to the next
  const veiling = remembered((purpose) => createCipheriv('aes-256-ecb', veilKey(purpose), null).setAutoPadding(false));
  const unveiling = remembered((purpose) => createDecipheriv('aes-256-ecb', veilKey(purpose), null).setAutoPadding(false));

  return {
    veil: (purpose, uuid) => {
      const bytes = Buffer.from(uuid.replaceAll('-', ''), 'hex');
      // half a block would stay in the cipher and shift all that follow
      if (bytes.length !== 16) throw new TypeError('only a UUID can be veiled');
      return veiling(purpose).update(bytes).toString('base64url');
    },
    unveil: (purpose, veiled) => {
      const bytes = Buffer.from(veiled, 'base64url');
      if (bytes.length !== 16 || bytes.toString('base64url') !== veiled) return undefined;
      return unveiling(purpose).update(bytes).toString('hex').replace(uuidParts, '$1-$2-$3-$4-$5');
    },
    hash: (purpose, value) => createHmac('sha256', hashKey(purpose)).update(value).digest('base64url'),
    // Hashing first gives both sides one length, so that neither content nor length shows in the time.
    equal: (a, b) => timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer')),
    seal,
    open,
  };
};
