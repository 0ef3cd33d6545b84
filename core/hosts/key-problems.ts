import { type Problem, problem } from './problems.ts';

type Key = Readonly<Record<string, unknown>>;

/** Members that only a private or a symmetric key has (RFC 7518 §6). */
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'] as const;

/** Kinds of key, the members that make each up, and what it signs with. */
const kinds = {
  RSA: { members: ['n', 'e'], algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] },
  'EC P-256': { members: ['x', 'y'], algorithms: ['ES256'] },
  'EC P-384': { members: ['x', 'y'], algorithms: ['ES384'] },
  'EC P-521': { members: ['x', 'y'], algorithms: ['ES512'] },
  'OKP Ed25519': { members: ['x'], algorithms: ['EdDSA', 'Ed25519'] },
} as const;

/** 2048 bits in base64url. */
const shortestModulus = 342;

const kindOf = ({ kty, crv }: Key): (typeof kinds)[keyof typeof kinds] | undefined => {
  const name = kty === 'RSA' ? 'RSA' : `${String(kty)} ${String(crv)}`;
  return Object.hasOwn(kinds, name) ? kinds[name as keyof typeof kinds] : undefined;
};

const isText = (value: unknown): boolean => value === undefined || (typeof value === 'string' && /^[\x20-\x7e]{1,255}$/.test(value));

const problemsOf = (key: Key, pointer: string): readonly Problem[] => {
  const secret = secretMembers.find((member) => Object.hasOwn(key, member));
  if (secret) return problem(`${pointer}/${secret}`, 'must not be there: give the public key alone');
  const kind = kindOf(key);
  if (!kind) return problem(`${pointer}/kty`, 'must be `RSA`, `EC` (P-256, P-384, P-521) or `OKP` (Ed25519)');
  const missing = kind.members.find((member) => typeof key[member] !== 'string' || !/^[A-Za-z0-9_-]{2,1400}$/.test(key[member]));
  return [
    ...problem(`${pointer}/${missing}`, missing !== undefined && 'must be base64url text'),
    ...problem(`${pointer}/n`, typeof key.n === 'string' && key.n.length < shortestModulus && 'must have 2048 bits or more'),
    ...problem(`${pointer}/use`, key.use !== undefined && key.use !== 'sig' && 'must be `sig`, or left out'),
    ...problem(
      `${pointer}/alg`,
      key.alg !== undefined &&
        !(kind.algorithms as readonly unknown[]).includes(key.alg) &&
        `must be ${kind.algorithms.map((name) => `\`${name}\``).join(', ')}, or left out`,
    ),
    ...problem(`${pointer}/kid`, !isText(key.kid) && 'must be text'),
  ];
};

/** What is wrong with a client's set of public keys. */
export const keyProblems = (keys: readonly Key[], pointer: string): readonly Problem[] =>
  keys.length === 0 ? problem(pointer, 'must hold a key') : keys.flatMap((key, index) => problemsOf(key, `${pointer}/${index}`));

const kept = ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'use', 'alg'] as const;

/** A key with the members alone that verify a signature: what else came with it (`x5u`, `x5c`, `key_ops`) is never read. */
export const publicKey = (key: Key): Key =>
  Object.fromEntries(kept.flatMap((member) => (Object.hasOwn(key, member) ? [[member, key[member]]] : [])));
