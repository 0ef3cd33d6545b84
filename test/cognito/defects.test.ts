import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomDigits } from '../../adapters/authenticators/code.ts';
import { buildCognito } from '../../scripts/build-cognito.ts';
import { startFakeCore } from '../support/fake-core.ts';
import { type CognitoWorld, startCognitoWorld } from './end-to-end/world.ts';
import { create, define, failed, type Json, password, type Step, session, verify } from './triggers/support/events.ts';
import { createResponse, defineResponse, environmentFor, refusalOf, triggersOf, verifyResponse } from './triggers/support/triggers.ts';

let world: CognitoWorld;
beforeAll(async () => {
  world = await startCognitoWorld();
});
afterAll(() => world?.end());

const nobody = 'http://127.0.0.1:9';
const next = (...steps: readonly Step[]) => defineResponse(triggersOf(environmentFor(nobody)).define, define(session(...steps)));

describe('defects of other integrations, which must not be here', () => {
  it('tokens are issued because the last entry is true, whatever its name: any number in SRP_A gave tokens without a password', async () => {
    for (const name of ['SRP_A', 'CUSTOM_CHALLENGE', 'PASSWORD_VERIFIER', 'WEB_AUTHN'])
      expect((await next([name, true])).issueTokens).toBe(false);
    for (const SRP_A of ['1', 'deadbeef', 'f'.repeat(768)]) {
      const member = await world.member('allow');
      const begun = await world.person(member).initiate('CUSTOM_AUTH', { USERNAME: member.username, CHALLENGE_NAME: 'SRP_A', SRP_A });
      expect(begun.tokens).toBeUndefined();
      expect(begun.challenge).toBe('PASSWORD_VERIFIER');
      expect(await world.instances(member)).toEqual([]);
    }
  });

  it('the state of track is not read: who is blocked was challenged, and came in by passing', async () => {
    for (const decision of ['block', 'review'] as const) {
      const member = await world.member(decision);
      const step = await world.person(member).signIn();
      expect(step).toMatchObject({ error: 'UserLambdaValidationException', parameters: {} });
      expect(JSON.stringify(step)).not.toContain('challenge?c=');
    }
  });

  it('no device and no user agent are sent', async () => {
    const core = await startFakeCore();
    const clientMetadata = { stepward_device: '0b6f0f9e-5c1e-4b62-9a2b-3b7b6f1d2a11', stepward_user_agent: 'Mozilla/5.0' };
    await createResponse(triggersOf(environmentFor(core.origin)).create, create('a|allow', { clientMetadata }));
    expect(core.said[0]?.body).toMatchObject({ deviceId: clientMetadata.stepward_device, userAgent: 'Mozilla/5.0' });
    await core.close();
  });

  it('authentication never fails, so that anybody may try without end', async () => {
    const member = await world.member('challenge');
    const person = world.person(member);
    let step = await person.signIn();
    for (let tries = 0; tries < 3; tries += 1) step = await person.answer(step, 'guess');
    expect(step).toMatchObject({ error: 'NotAuthorizedException' });
    expect(await world.instances(member)).toHaveLength(3);
    expect(await next(...password, failed, failed, failed)).toEqual({ issueTokens: false, failAuthentication: true });
  });

  it('who does not exist is not told apart by the triggers: nothing is tracked or sent', async () => {
    const [sent, runs] = [world.served.mails.length, world.lambdas.invocations.length];
    const known = await world.person({ ...(await world.member('challenge')), password: 'Wrong-password-1' }).signIn();
    const unknown = await world.person({ username: 'nobody', password: 'Wrong-password-1' }).signIn();
    expect(unknown).toEqual(known);
    expect(world.served.mails).toHaveLength(sent);
    expect(world.lambdas.invocations.slice(runs).filter(({ name }) => name !== 'define')).toEqual([]);
    const { create: handler, verify: check } = triggersOf(environmentFor(nobody));
    expect(await refusalOf(createResponse(handler, create('u', { userNotFound: true })))).toMatch(/^\[stepward:unavailable:event\]/);
    const kept = { v: '1', state: 'ALLOW', key: '00000000-0000-4000-8000-000000000001', sub: 'u' };
    expect(await verifyResponse(check, verify('u', kept, 'continue', { userNotFound: true }))).toEqual({ answerCorrect: false });
  });

  it('no deadline: Cognito calls again after five seconds, and the user waits fifteen', async () => {
    // accepts and says nothing
    const silent = createServer();
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    const { port } = silent.address() as { readonly port: number };
    const member = await world.member('allow');
    const runs = world.lambdas.invocations.length;
    await world.configure({ STEPWARD_URL: `http://127.0.0.1:${port}`, STEPWARD_DEADLINE_MS: '500' });
    const step = await world.person(member).signIn();
    await world.configure();
    silent.close();
    expect(step.message).toMatch(/^CreateAuthChallenge failed with error \[stepward:unavailable:/);
    expect(world.lambdas.invocations.slice(runs).filter(({ name }) => name === 'create')).toHaveLength(1);
  });

  it('an endpoint makes users for whoever calls it: here a key is asked for, and the triggers serve none', async () => {
    const url = `${world.served.url}/v1/users/invented/actions/signIn`;
    for (const authorization of [undefined, 'Basic Og==', `Basic ${btoa('sk_guess:')}`, `Bearer ${world.served.serverKey}`]) {
      const response = await fetch(url, { method: 'POST', ...(authorization && { headers: { authorization } }), body: '{}' });
      expect(response.status).toBe(401);
    }
    expect((await world.served.api.queryUsers({ limit: 100 })).users.map(({ userId }) => userId)).not.toContain('invented');
    for (const [, text] of await buildCognito()) expect(text).not.toMatch(/\bcreateServer\(|\.listen\(/);
  });

  it('the first hit of a search is taken for the user: two with one address are two here', async () => {
    const email = 'shared@allow.example';
    const people = await Promise.all(
      ['first', 'second'].map((username) =>
        world.pool.addUser({ username, password: 'Correct-horse-1', attributes: { email, email_verified: 'true' } }),
      ),
    );
    for (const { username } of people) {
      const person = world.person({ username, password: 'Correct-horse-1' });
      expect((await person.answer(await person.signIn(), 'continue')).tokens).toBeDefined();
    }
    for (const { sub } of people) expect(await world.served.api.queryUserActions(sub, { limit: 10 })).toHaveLength(1);
  });

  it('long-lived keys of AWS are in the environment: none is read', async () => {
    const read = new Set<string>();
    for (const [, text] of await buildCognito()) {
      for (const [name] of text.matchAll(/\b(?:AWS|STEPWARD|PARAMETERS)_[A-Z_]+\b/g)) read.add(name);
      expect(text).not.toMatch(/AWS_(?:ACCESS|SECRET)|accessKey|secretKey|cognito-idp/i);
    }
    // the token is one of this function's own role, for the extension that reads secrets
    expect([...read].filter((name) => name.startsWith('AWS'))).toEqual(['AWS_SESSION_TOKEN']);
  });

  it('an address counts as verified without a look at which: one that the pool does not vouch for is not vouched for here', async () => {
    const member = await world.pool.addUser({
      username: 'unverified',
      password: 'Correct-horse-1',
      attributes: { email: 'victim@allow.example', email_verified: 'false' },
    });
    await world.person({ username: 'unverified', password: 'Correct-horse-1' }).signIn();
    const user = await world.served.api.getUser(member.sub);
    expect(user).toMatchObject({ emailVerified: false });
    expect(user).not.toHaveProperty('email');
  });

  it('a code is kept where it passes through the browser: what passes is an address without a secret', async () => {
    const member = await world.member('challenge');
    const step = await world.person(member).signIn();
    await world.pass(member, step.parameters.url ?? '');
    const code = await world.served.codeTo(member.email);
    const ran = world.lambdas.invocations.findLast(({ name }) => name === 'create')?.ran as {
      readonly answer: { readonly response: Json };
    };
    const { response } = ran.answer;
    expect(response.challengeMetadata).toBe('stepward:1');
    expect(JSON.stringify(response)).not.toContain(code);
    expect(Object.keys(response.publicChallengeParameters as Json).sort()).toEqual(['expiresAt', 'mode', 'stepward', 'url']);
  });

  it('a code never has the digit 9', () => {
    const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)), uuid: () => '' };
    const digits = new Set(Array.from({ length: 1000 }, () => randomDigits(random, 6)).join(''));
    // 6,000 digits: that one is missing by chance has a probability of 10^-274
    expect([...digits].sort().join('')).toBe('0123456789');
  });

  it('passwords are left out by design: here a sign-in without one gets nowhere, and one with it is what is stepped up', async () => {
    expect(await next(['CUSTOM_CHALLENGE', true, 'stepward:1'])).toEqual({ issueTokens: false, failAuthentication: true });
    const member = await world.member('challenge');
    const step = await world.person(member).signIn();
    expect(step.challenge).toBe('CUSTOM_CHALLENGE');
    expect((await world.person({ ...member, password: 'Wrong-password-1' }).signIn()).error).toBe('NotAuthorizedException');
  });
});
