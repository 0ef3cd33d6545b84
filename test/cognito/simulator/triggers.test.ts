import { afterEach, describe, expect, it } from 'vitest';
import { sampleSlots } from '../support/sample-triggers.ts';
import type { Json } from './index.ts';
import { ann, type Lab, startLab } from './lab.ts';

let lab: Lab | undefined;
afterEach(() => lab?.end());
const start = async (...given: Parameters<typeof startLab>): Promise<Lab> => {
  lab = await startLab(...given);
  return lab;
};

const metadata = { colour: 'blue' };
/** Which triggers saw metadata, and in which member. */
const seen = ({ lambdas }: Lab, from = 0): readonly string[] =>
  lambdas.invocations.slice(from).map(({ name, event }) => {
    const { clientMetadata, validationData } = event.request as Json;
    return `${name}: ${clientMetadata ? 'clientMetadata' : validationData && Object.keys(validationData as Json).length ? 'validationData' : 'none'}`;
  });

describe('ClientMetadata', () => {
  it.each([false, true])(
    'of InitiateAuth reaches PreAuthentication alone; of RespondToAuthChallenge all after it (admin: %s)',
    async (isAdmin) => {
      const { person, ...rest } = await start();
      const ours = person({ metadata, isAdmin });
      await ours.answer(await ours.signIn(), 'open');
      expect(seen({ person, ...rest })).toEqual([
        'pre-authentication: validationData',
        'define: none',
        'define: clientMetadata',
        'create: clientMetadata',
        'verify: clientMetadata',
        'define: clientMetadata',
        'post-authentication: clientMetadata',
        'pre-token: clientMetadata',
      ]);
    },
  );

  it('of InitiateAuth alone reaches neither PostAuthentication nor PreTokenGeneration', async () => {
    const one = await start();
    const ours = one.person({ metadata });
    const { tokens } = await ours.initiate('USER_PASSWORD_AUTH', { USERNAME: 'ann', PASSWORD: ann.password });
    expect(seen(one)).toEqual(['pre-authentication: validationData', 'post-authentication: none', 'pre-token: none']);
    const from = one.lambdas.invocations.length;
    await ours.refresh(tokens?.RefreshToken ?? '');
    expect(seen(one, from)).toEqual(['pre-token: none']);
    await one.pool.call('GetTokensFromRefreshToken', {
      ClientId: one.pool.client('app').id,
      RefreshToken: tokens?.RefreshToken,
      ClientMetadata: metadata,
    });
    expect(seen(one, from + 1)).toEqual(['pre-token: clientMetadata']);
  });
});

describe('a trigger', () => {
  const slots = Object.entries(sampleSlots).filter(([slot]) => slot !== 'VerifyAuthChallengeResponse');
  it.each(slots)('%s that throws ends the sign-in with its text', async (slot, name) => {
    const { person } = await start({
      [name]: () => {
        throw new Error('[sample] No');
      },
    });
    const first = await person().signIn();
    const ended = first.challenge === 'CUSTOM_CHALLENGE' ? await person().answer(first, 'open') : first;
    expect(ended).toMatchObject({ error: 'UserLambdaValidationException', message: `${slot} failed with error [sample] No.` });
  });

  it.each([
    ['define', null],
    ['define', { response: 'yes' }],
    ['define', { response: {} }],
    ['define', { response: { challengeName: 'PASSWORD_VERIFIER_2', issueTokens: false, failAuthentication: false } }],
    ['create', { response: { publicChallengeParameters: { n: 1 } } }],
    ['create', { response: { privateChallengeParameters: 'x' } }],
    ['create', { response: { challengeMetadata: {} } }],
    ['verify', { response: { answerCorrect: 'true' } }],
    ['pre-token', { response: { claimsOverrideDetails: { claimsToAddOrOverride: { n: 1 } } } }],
  ])('%s that answers %j is not understood', async (name, answer) => {
    const { person } = await start({ [name]: () => answer });
    const first = await person().signIn();
    const ended = first.challenge === 'CUSTOM_CHALLENGE' ? await person().answer(first, 'open') : first;
    expect(ended).toMatchObject({ error: 'InvalidLambdaResponseException' });
    expect(ended.tokens).toBeUndefined();
  });

  it('without an answer is called three times with the same event; the third may answer', async () => {
    const { person, lambdas } = await start();
    lambdas.fault('create', { kind: 'drop', when: 'before' }, { kind: 'drop', when: 'after' });
    const step = await person().signIn();
    expect(step.challenge).toBe('CUSTOM_CHALLENGE');
    expect(lambdas.invocations.filter(({ name }) => name === 'create')).toHaveLength(2);
    lambdas.fault('verify', ...Array.from({ length: 3 }, () => ({ kind: 'drop', when: 'after' }) as const));
    const ended = await person().answer(step, 'open');
    expect(ended).toMatchObject({ error: 'UnexpectedLambdaException' });
    const events = lambdas.invocations.filter(({ name }) => name === 'verify').map(({ event }) => JSON.stringify(event));
    expect([events.length, new Set(events).size]).toEqual([3, 1]);
    expect(await person().answer(step, 'open')).toMatchObject({ error: 'NotAuthorizedException' });
  });

  it('that takes too long is given up', async () => {
    const one = await start({}, { triggerTimeoutMs: 20 });
    one.lambdas.fault(
      'pre-authentication',
      ...Array.from({ length: 3 }, () => ({ kind: 'hold', until: new Promise(() => undefined) }) as const),
    );
    expect(await one.person().signIn()).toMatchObject({
      error: 'UnexpectedLambdaException',
      message: 'PreAuthentication invocation failed due to error Socket timeout while invoking Lambda function.',
    });
  });

  it('that is not there is an error', async () => {
    const { person } = await start({}, { triggers: { ...sampleSlots, DefineAuthChallenge: 'elsewhere' } });
    expect(await person().signIn()).toMatchObject({ error: 'UnexpectedLambdaException' });
  });
});
