import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutcomeVector } from '../../scripts/outcome-vectors.ts';
import { outcomeVectorsFile } from '../../scripts/outcome-vectors.ts';
import { type FakeKeycloakCore, startFakeCore } from './support/fake-core.ts';
import { browserFlow, directFlow } from './support/flows.ts';
import type { Realm } from './support/make-realm.ts';
import { createPerson, grant } from './support/person.ts';
import { createRealm, hasKeycloak } from './support/realm.ts';

const vectors = JSON.parse(readFileSync(outcomeVectorsFile, 'utf8')) as readonly OutcomeVector[];
const policies = ['deny', 'allow', 'fallback'] as const;

/** Whose track, and consume, hears what a row is about. */
const userOf: Readonly<Record<string, string>> = {
  ALLOW: 'allow',
  CHALLENGE_REQUIRED: 'challenge',
  CHALLENGE_SUCCEEDED: 'succeeded-1-consumed',
  CHALLENGE_FAILED: 'failed',
  REVIEW_REQUIRED: 'review',
  REVIEW_SUCCEEDED: 'reviewsucceeded-1-consumed',
  REVIEW_FAILED: 'reviewfailed',
  BLOCK: 'block',
  'unreachable at track': 'down',
  'unreachable at consume': 'succeeded-1-down',
};

/** What a failure policy does to somebody without a factor of Keycloak's own. */
const byPolicy = { deny: 'deny', allow: 'proceed', fallback: 'deny' } as const;

let core: FakeKeycloakCore;
let realm: Realm;

const interactive = async (clientId: string, username: string): Promise<string> => {
  const person = createPerson(realm);
  await person.start(clientId);
  const { url, status, text } = await person.logIn(username);
  if (url.searchParams.has('code')) return 'proceed';
  if (url.origin === core.origin) return 'step-up';
  if (![403, 503].includes(status)) return `${status} at ${url}`;
  if (text.includes('being checked')) return 'hold';
  return text.includes('Start over') ? 'deny-may-retry' : 'deny';
};

const silent = async (clientId: string, username: string): Promise<string> => {
  const person = createPerson(realm);
  await person.start('plain');
  await person.logIn(username);
  person.answer();
  await person.start(clientId, { prompt: 'none' });
  const error = person.answer().get('error');
  return error === 'login_required' ? 'deny' : (error ?? 'proceed');
};

const direct = async (clientId: string, username: string): Promise<string> => {
  const { status, body } = await grant(realm, clientId, username);
  return status === 200 && body.access_token ? 'proceed' : [400, 503].includes(status) ? 'deny' : `${status} ${JSON.stringify(body)}`;
};

const seen = { interactive, silent, direct };

describe.skipIf(!hasKeycloak)('the outcome table, in a real Keycloak', () => {
  beforeAll(async () => {
    core = await startFakeCore();
    const flows = policies.flatMap((failurePolicy) => {
      const settings = { ...core.settings, failurePolicy };
      return [browserFlow(failurePolicy, settings), directFlow(`${failurePolicy}-direct`, settings)];
    });
    realm = await createRealm({
      flows,
      clients: [...policies.map((clientId) => ({ clientId, flow: clientId, direct: `${clientId}-direct` })), { clientId: 'plain' }],
      users: [...Object.values(userOf), 'block-2'].map((username) => ({ username })),
    });
  });
  afterAll(async () => {
    await realm?.end();
    await core?.end();
  });

  describe.each(policies)('under failure policy %s', (failurePolicy) => {
    it.each(['interactive', 'silent', 'direct'] as const)('%s', async (kind) => {
      const rows = vectors.filter((row) => row.kind === kind && row.failurePolicy === failurePolicy);
      expect(rows).toHaveLength(Object.keys(userOf).length);
      const expected: Record<string, string> = {};
      const found: Record<string, string> = {};
      for (const { state, effect } of rows) {
        const told = effect === 'failure-policy' ? byPolicy[failurePolicy] : effect;
        expected[state] = told === 'proceed-once' ? 'proceed' : told;
        found[state] = await seen[kind](failurePolicy, userOf[state] ?? '');
      }
      expect(found).toEqual(expected);
    });
  });

  it('tells an application without a browser what kind of no it is, and leaves no session', async () => {
    const told = async (username: string) => {
      const { status, body, headers } = await grant(realm, 'deny', username);
      expect(headers.get('cache-control')).toContain('no-store');
      return { status, ...body };
    };
    expect(await told('challenge')).toEqual({ status: 400, error: 'interaction_required' });
    expect(await told('review')).toEqual({ status: 400, error: 'under_review' });
    for (const username of ['block', 'reviewfailed', 'failed'])
      expect(await told(username)).toEqual({ status: 400, error: 'access_denied' });
    for (const username of ['down', 'succeeded-1-down'])
      expect(await told(username)).toEqual({ status: 503, error: 'temporarily_unavailable' });
    await told('block-2');
    expect(await realm.get(`/users/${await realm.userId('block-2')}/sessions`)).toEqual([]);
  });
});
