import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attributesOf, create, define, passed, password, preToken, session, verify } from './support/events.ts';
import { signIn } from './support/sign-in.ts';
import {
  createResponse,
  defineResponse,
  logged,
  refusalOf,
  type Triggers,
  tokenResponse,
  triggersOf,
  verifyResponse,
} from './support/triggers.ts';
import { startWorld, type World } from './support/world.ts';

let world: World;
let triggers: Triggers;
beforeAll(async () => {
  world = await startWorld({ clock: 'real' });
  triggers = triggersOf(world.environment({ STEPWARD_GATE: 'scope', STEPWARD_COGNITO_DEFER: 'true' }));
});
afterAll(() => world.served.end());

const metadata = {
  stepward_device: 'device-id-of-ada-0001',
  stepward_user_agent: 'Agent of Ada',
  stepward_locale: 'de-AT',
  hint: 'metadata-of-the-app',
};

describe('the log', () => {
  it('is one line in JSON for each call: which trigger, what came of it, how long it took', async () => {
    logged.splice(0);
    const sub = await world.enrolled();
    const going = await signIn(triggers, sub, { clientMetadata: metadata });
    const { key: instance } = going.round.privateChallengeParameters;
    expect(await going.answer('wrong-answer')).toBe('challenge');
    const second = going.round.privateChallengeParameters.key;
    expect(await going.answer(await world.pass(sub, going.round.publicChallengeParameters.url ?? ''))).toBe('tokens');
    const ms = expect.any(Number);
    expect(logged.map((line) => JSON.parse(line))).toEqual([
      { stepward: 'define', outcome: 'challenge', ms },
      { stepward: 'create', outcome: 'challenge', ms, attempt: 1, instance },
      { stepward: 'verify', outcome: 'not-passed-409', ms, attempt: 1, instance },
      { stepward: 'define', outcome: 'challenge', ms },
      { stepward: 'create', outcome: 'challenge', ms, attempt: 1, instance: second },
      { stepward: 'verify', outcome: 'passed', ms, attempt: 1, instance: second },
      { stepward: 'define', outcome: 'tokens', ms },
      { stepward: 'pre-token', outcome: 'proven', ms, attempt: 1 },
    ]);
    for (const line of logged) expect(line).not.toContain('\n');
  });

  it('has no secret, answer, metadata or word about a person in it, whatever happens', async () => {
    logged.splice(0);
    const secrets = new Set<string>([...Object.values(metadata), world.served.serverKey, 'wrong-answer', 'client-1', 'ada.lovelace']);
    const thrown: string[] = [];
    const see = (values: object) => {
      for (const [name, value] of Object.entries(values))
        if (!['v', 'state', 'action', 'key', 'stepward', 'mode', 'expiresAt'].includes(name)) secrets.add(String(value));
    };
    for (const mode of ['redirect', 'popup'] as const) {
      const sub = await world.enrolled();
      see(attributesOf(sub));
      const going = await signIn(triggers, sub, { clientMetadata: metadata });
      see(going.round.privateChallengeParameters);
      see(going.round.publicChallengeParameters);
      await going.answer('wrong-answer');
      see(going.round.privateChallengeParameters);
      const proof = await world.pass(sub, going.round.publicChallengeParameters.url ?? '', mode);
      secrets.add(proof);
      await going.answer(proof);
      for (const action of ['shut', 'held']) {
        const other = triggersOf(world.environment({ STEPWARD_ACTION: action, STEPWARD_GATE: 'require' }));
        thrown.push(await refusalOf(createResponse(other.create, create(sub, { clientMetadata: metadata }))));
        thrown.push(await refusalOf(tokenResponse(other.preToken, preToken(sub, 'Authentication'))));
      }
      const down = triggersOf({ ...world.environment(), STEPWARD_URL: 'http://127.0.0.1:9' });
      const kept = going.round.privateChallengeParameters;
      thrown.push(await refusalOf(createResponse(down.create, create(sub))));
      thrown.push(await refusalOf(verifyResponse(down.verify, verify(sub, kept, proof))));
      thrown.push(await refusalOf(tokenResponse(down.preToken, preToken(sub, 'HostedAuth'))));
      // a user's name where the code does not expect one
      thrown.push(await refusalOf(createResponse(triggers.create, create('.', { userAttributes: { sub: '..' } }))));
      await defineResponse(triggers.define, define(session(...password, passed), sub));
    }
    secrets.delete('true');
    secrets.delete('CONFIRMED');
    expect(secrets.size).toBeGreaterThan(25);
    const leaked = (lines: readonly string[]) => [...secrets].filter((secret) => lines.some((line) => line.includes(secret)));
    expect(leaked([...logged, ...thrown])).toEqual([]);
    // one that was planted would be seen
    expect(leaked([`{"stepward":"create","outcome":"${world.served.serverKey}"}`])).toEqual([world.served.serverKey]);
    expect(logged.length).toBeGreaterThan(30);
    expect(thrown).toHaveLength(16);
  });
});
