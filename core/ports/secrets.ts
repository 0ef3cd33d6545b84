/** Keyed hashes and sealing at rest. Synchronous: used on the hot path before a transaction. */
export interface Secrets {
  /** base64url of a keyed hash (HMAC-SHA256) of `value` for one purpose; purposes never collide. */
  hash(purpose: string, value: string): string;
  /** Constant-time comparison of two hashes or secrets. */
  equal(a: string, b: string): boolean;
  /** 128 bits, base64url, that stand for a UUID and that nobody without the key can make or read; the same each time. */
  veil(purpose: string, uuid: string): string;
  /** The UUID behind a veil; undefined for text that is none. Any 128 bits stand for some UUID: it need not exist. */
  unveil(purpose: string, veiled: string): string | undefined;
  /** AES-256-GCM under the first key, as `keyId.nonce.ciphertext`; bound to `context`. */
  seal(context: string, plain: string): string;
  /** Throws `internal_error` for a foreign key id, another context or a changed text. */
  open(context: string, sealed: string): string;
}
