import { describe, expect, it } from 'vitest';
import { assess, proofOf } from '../../../adapters/oidc/assess.ts';
import { withProof } from '../../../adapters/oidc/factor-log.ts';
import type { Requested } from '../../../adapters/oidc/requested.ts';
import { decideSignIn } from '../../../adapters/oidc/sign-in.ts';
import { type OidcClient, oidcClientDefaults, StepwardError, type TrackRequest } from '../../../core/index.ts';

const aal2 = 'urn:stepward:aal2';
const client: OidcClient = {
  ...oidcClientDefaults,
  clientId: 'app',
  id: 'app-1',
  name: 'App',
  authMethod: 'client_secret_basic',
  secrets: [],
  redirectUris: ['https://app.example/callback'],
  version: 1,
  createdAt: 0,
};

describe('how old a proof of a remembered device may be', () => {
  const asked = async (unmet: Requested): Promise<TrackRequest['context']> => {
    const requests: TrackRequest[] = [];
    const track = async (request: TrackRequest) => {
      requests.push(request);
      throw new StepwardError('unavailable', 'it was heard');
    };
    await decideSignIn(track, { client, accountId: 'ann', flow: 'interactive', unmet, idempotencyKey: 'k' });
    return requests[0]?.context;
  };
  const oldest = (maxAge = Number.NaN): boolean => {
    const now = 1_790_000_000_000;
    const proof = proofOf(
      { verificationMethod: 'DEVICE', restsOn: 'AUTHENTICATOR_APP', authTime: new Date(now - maxAge * 1000).toISOString() },
      'signIn/k',
    );
    const log = { accountId: 'ann', upstream: 'lab', proofs: [{ by: 'upstream', at: now, amr: [] }], usedAt: now } as const;
    return proof !== undefined && assess(withProof(log, proof, now), { requested: [aal2], beganAt: now, now: now + 600_000 }).met;
  };

  it.each([[aal2], ['phr'], ['urn:other', aal2]])(
    'of %j: none that this session would not count by the end of the round',
    async (...acrs) => {
      const context = await asked({ acrs, isEssential: false });
      expect(oldest((context?.maxAge ?? 0) - 1)).toBe(true);
      expect(oldest((context?.maxAge ?? 0) + 1)).toBe(false);
    },
  );
  it('never more than the application says', async () => {
    expect((await asked({ acrs: [aal2], isEssential: true, maxAge: 60 }))?.maxAge).toBe(60);
    expect((await asked({ acrs: [aal2], isEssential: true, maxAge: 999_999 }))?.maxAge).toBeLessThan(86_400);
  });
  it('where no acr is owed, what the action says', async () => {
    expect(await asked({ acrs: [], isEssential: false })).not.toHaveProperty('maxAge');
    expect((await asked({ acrs: ['urn:other'], isEssential: false, maxAge: 999_999 }))?.maxAge).toBe(999_999);
  });
});
