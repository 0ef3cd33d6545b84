import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Instance, outcomes } from '../../core/index.ts';
import { type ClientMove, type ClientStep, clientMoves, createClientMachine, people, proving } from './support/client-machine.ts';

const settings = [
  {},
  { enrollment: 'allow' },
  { enrollment: 'deny' },
  { verificationMethods: ['AUTHENTICATOR_APP'] },
  { verificationMethods: ['EMAIL_OTP'] },
  { minimumAssurance: 'aal2' },
] as const;
const closed: ReadonlySet<Instance['state']> = new Set([
  'BLOCK',
  'REVIEW_REQUIRED',
  'REVIEW_FAILED',
  'REVIEW_SUCCEEDED',
  'CHALLENGE_FAILED',
]);
const reached = new Set<string>();

/** What ends an instance comes seldom, so that much can happen before it. */
const ending = clientMoves.filter((move) => move.startsWith('operator') || move === 'page: cancel' || move === 'ten minutes');
const anyMove = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(...ending) },
  { weight: 20, arbitrary: fc.constantFrom(...clientMoves.filter((move) => !ending.includes(move))) },
  {
    weight: 10,
    arbitrary: fc.constantFrom<ClientMove>('send a code', 'type it', 'page: open', 'page: choose mail', 'page: type it', 'a minute'),
  },
);

/** What a token is, as its own parts say. */
const told = (token: string): { readonly isProof: boolean; readonly jti: string } => {
  const [head, claims] = token
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString() || '{}'));
  return { isProof: head.typ === 'stepward-proof+jwt' && claims.method !== undefined, jti: claims.jti };
};

const usable = ({ userBefore }: ClientStep): boolean => userBefore.authenticators.some((one) => one.verificationMethod !== 'RECOVERY_CODE');

/** What must hold of every step, whatever came before it. */
const check = (move: ClientMove, step: ClientStep, isOpen: boolean): void => {
  const { before, after, userBefore, userAfter, now, answer } = step;
  const said = `${before.state} --${move}--> ${after.state}`;
  // I5: into CHALLENGE_SUCCEEDED leads something that only the person has, of a permitted method, and nothing else
  if (after.state === 'CHALLENGE_SUCCEEDED' && before.state !== 'CHALLENGE_SUCCEEDED') {
    expect(proving.has(move), said).toBe(true);
    expect(['ALLOW', 'CHALLENGE_REQUIRED'], said).toContain(before.state);
    expect(after.permittedMethods, said).toContain(after.proof?.method);
    expect(after.proof?.onPage, said).toBe(move.startsWith('page'));
    expect(after.proof?.authTime, said).toBe(now);
    reached.add(`${move} by ${after.proof?.method}`);
  }
  // a token of proof is answered for a proof, and the host believes nothing else
  if (typeof answer?.accessToken === 'string') expect(proving.has(move), said).toBe(true);
  if (step.validated) expect(before.proof, said).toBeDefined();
  // who is closed off gets nothing
  const gained = userAfter.authenticators.length - userBefore.authenticators.length;
  if (closed.has(before.state) || (before.state === 'CHALLENGE_REQUIRED' && now >= before.expiresAt)) {
    expect(gained, said).toBeLessThanOrEqual(0);
    if (!move.startsWith('operator')) expect(after.state, said).toBe(before.state);
  }
  // whoever has something to show shows it before more is added or anything is removed
  if (gained !== 0 && usable(step) && !move.startsWith('operator')) {
    const { isProof, jti } = told(step.token);
    const { proof, grant } = before;
    const isFresh = proof !== undefined && now - proof.authTime < 300_000 && (proof.onPage || isProof || move.startsWith('page'));
    const isGranted =
      grant !== undefined && grant.usedAt === undefined && now < grant.until && (move.startsWith('page') || grant.tokenId === jti);
    expect((isFresh && (isProof || move.startsWith('page'))) || (isGranted && gained > 0), said).toBe(true);
    reached.add(gained > 0 ? 'added more' : 'removed');
  }
  // an address of the caller's own is no contact of somebody who has shown nothing, unless the action is open to that
  const has = ({ authenticators }: ClientStep['userBefore']) => authenticators.some((one) => one.email === 'thief@example.net');
  if (has(userAfter) && !has(userBefore) && !isOpen && before.state !== 'ALLOW')
    expect(before.proof !== undefined || before.grant?.reason === 'strongest-proof', said).toBe(true);
};

describe('no order of client calls completes a challenge without a proof', () => {
  let machine: Awaited<ReturnType<typeof createClientMachine>>;
  beforeAll(async () => {
    machine = await createClientMachine();
  });
  afterAll(() => machine.end());

  // fails without: what ends an instance being looked at first; a proof being its own token's; more only after a fresh one
  it('random paths of 60 calls', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...people),
        fc.constantFrom(...outcomes, 'CHALLENGE' as const, 'CHALLENGE' as const, 'ALLOW' as const),
        fc.constantFrom(...settings),
        fc.array(fc.noBias(anyMove), { minLength: 60, maxLength: 60 }),
        async (who, outcome, configured, path) => {
          await machine.begin(who, outcome, configured);
          for (const move of path) check(move, await machine.step(move), 'enrollment' in configured && configured.enrollment === 'allow');
        },
      ),
      process.env.STEPWARD_LONG_TESTS === '1' ? { numRuns: 2_000 } : { numRuns: 80, seed: 20_261_124 },
    );
  });
  it('and they come where something is completed, added and removed', () => {
    expect([...reached]).toEqual(
      expect.arrayContaining(['type it by EMAIL_OTP', 'its code by AUTHENTICATOR_APP', 'added more', 'removed']),
    );
  });
});
