import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from './index.ts';
import { ann, type Lab, startLab } from './lab.ts';
import { totpOf } from './totp.ts';

const secret = 'JBSWY3DPEHPK3PXP';
let lab: Lab;
beforeAll(async () => {
  lab = await startLab(
    {},
    {
      pool: { MfaConfiguration: 'OPTIONAL' },
      users: [
        { username: 'new' },
        { username: 'app', password: 'Correct-horse-2', totpSecret: secret },
        { username: 'careless', password: 'Correct-horse-3' },
      ],
    },
  );
});
afterAll(() => lab.end());

const code = (): string => totpOf(secret, Math.floor(lab.now() / 30_000));
const eventsOf = (from: number): readonly (readonly [string, Json])[] =>
  lab.lambdas.invocations.slice(from).map(({ name, event }) => [name, event] as const);
const namesOf = (from: number): string =>
  eventsOf(from)
    .map(([name]) => name)
    .join(' ');

describe('USER_SRP_AUTH', () => {
  it('issues tokens of this pool for the right password, after PreAuthentication, PostAuthentication and PreTokenGeneration', async () => {
    const from = lab.lambdas.invocations.length;
    const { tokens } = await lab.person().signIn('USER_SRP_AUTH');
    expect(namesOf(from)).toBe('pre-authentication post-authentication pre-token');
    const id = await lab.pool.verify(tokens?.IdToken ?? '');
    expect(id).toMatchObject({
      token_use: 'id',
      aud: lab.pool.client('app').id,
      'cognito:username': 'ann',
      'cognito:groups': ['staff'],
      email: 'ann@example.org',
      email_verified: true,
      iss: `https://cognito-idp.eu-west-1.amazonaws.com/${lab.pool.poolId}`,
    });
    const access = await lab.pool.verify(tokens?.AccessToken ?? '');
    expect(access).toMatchObject({ token_use: 'access', username: 'ann', scope: 'aws.cognito.signin.user.admin' });
    const [head = '', payload = '', signature = ''] = (tokens?.IdToken ?? '').split('.');
    await expect(lab.pool.verify(`${head}.${payload}.${signature.slice(0, -8)}AAAAAAAA`)).rejects.toThrow();
  });

  it('a wrong password and an unknown user have one answer, and one shape before it', async () => {
    const wrong = lab.person({ password: 'Wrong-horse-1' });
    const unknown = lab.person({ username: 'nobody' });
    const [atWrong, atUnknown] = [await wrong.beginSrp('USER_SRP_AUTH'), await unknown.beginSrp('USER_SRP_AUTH')];
    expect(Object.keys(atUnknown.step.parameters)).toEqual(Object.keys(atWrong.step.parameters));
    const again = await unknown.beginSrp('USER_SRP_AUTH');
    expect(again.step.parameters.SALT).toBe(atUnknown.step.parameters.SALT);
    const ends = [await wrong.respond(atWrong.step, atWrong.responses()), await unknown.respond(atUnknown.step, atUnknown.responses())];
    for (const { error, message } of ends) expect([error, message]).toEqual(['NotAuthorizedException', 'Incorrect username or password.']);
    expect(await lab.person({ username: 'nobody', client: 'legacy' }).signIn('USER_SRP_AUTH')).toMatchObject({
      error: 'UserNotFoundException',
    });
  });

  it('after five wrong passwords the right one is refused for a while', async () => {
    const careless = { username: 'careless', password: 'Correct-horse-3' };
    for (let n = 0; n < 5; n++) await lab.person({ ...careless, password: 'Wrong-horse-1' }).signIn('USER_SRP_AUTH');
    expect(await lab.person(careless).signIn('USER_SRP_AUTH')).toMatchObject({ message: 'Password attempts exceeded' });
    lab.pass(1001);
    expect(await lab.person(careless).signIn('USER_SRP_AUTH')).toMatchObject({ tokens: expect.anything() });
  });

  it('a password that somebody else set must be changed; tokens are then of NewPasswordChallenge', async () => {
    const at = { UserPoolId: lab.pool.poolId, Username: 'new' };
    await lab.pool.call('AdminSetUserPassword', { ...at, Password: 'Temporary-1', Permanent: false });
    const person = lab.person({ username: 'new', password: 'Temporary-1' });
    const step = await person.signIn('USER_SRP_AUTH');
    expect(step).toMatchObject({ challenge: 'NEW_PASSWORD_REQUIRED', parameters: { requiredAttributes: '[]' } });
    expect(await person.respond(step, { NEW_PASSWORD: 'Chosen-horse-1' })).toMatchObject({ tokens: expect.anything() });
    expect(lab.lambdas.invocations.at(-1)?.event.triggerSource).toBe('TokenGeneration_NewPasswordChallenge');
  });

  it('a code of the authenticator app may be typed again, and works once', async () => {
    const person = lab.person({ username: 'app', password: 'Correct-horse-2' });
    const right = code();
    const first = await person.signIn('USER_SRP_AUTH');
    expect(first.challenge).toBe('SOFTWARE_TOKEN_MFA');
    const wrong = await person.respond(first, { SOFTWARE_TOKEN_MFA_CODE: right === '000000' ? '000001' : '000000' });
    expect(wrong.error).toBe('CodeMismatchException');
    expect(await person.respond(first, { SOFTWARE_TOKEN_MFA_CODE: right })).toMatchObject({ tokens: expect.anything() });
    const second = await person.signIn('USER_SRP_AUTH');
    expect(await person.respond(second, { SOFTWARE_TOKEN_MFA_CODE: right })).toMatchObject({ error: 'CodeMismatchException' });
  });

  it('a disabled user is refused', async () => {
    await lab.pool.addUser({ username: 'gone', password: 'Correct-horse-4' });
    await lab.pool.call('AdminDisableUser', { UserPoolId: lab.pool.poolId, Username: 'gone' });
    const ended = await lab.person({ username: 'gone', password: 'Correct-horse-4' }).signIn('USER_SRP_AUTH');
    expect(ended).toMatchObject({ error: 'NotAuthorizedException', message: 'User is disabled.' });
  });
});

describe('CUSTOM_AUTH with SRP', () => {
  it('calls the triggers in order, with the whole history; private parameters reach Verify alone', async () => {
    const from = lab.lambdas.invocations.length;
    const person = lab.person();
    const asked = await person.signIn();
    expect(asked).toMatchObject({ challenge: 'CUSTOM_CHALLENGE', parameters: { say: 'the word', USERNAME: 'ann' } });
    const wrong = await person.answer(asked, 'closed');
    expect(await person.answer(wrong, 'open')).toMatchObject({ tokens: expect.anything() });
    expect(namesOf(from)).toBe('pre-authentication define define create verify define create verify define post-authentication pre-token');
    const defines = eventsOf(from).filter(([name]) => name === 'define');
    const entry = (challengeName: string, challengeResult: boolean, challengeMetadata: string | null = null) => ({
      challengeName,
      challengeResult,
      challengeMetadata,
    });
    const [srp, verified] = [entry('SRP_A', true), entry('PASSWORD_VERIFIER', true)];
    const [no, yes] = [entry('CUSTOM_CHALLENGE', false, 'sample:1'), entry('CUSTOM_CHALLENGE', true, 'sample:1')];
    expect(defines.map(([, { request }]) => (request as Json).session)).toEqual([
      [srp],
      [srp, verified],
      [srp, verified, no],
      [srp, verified, no, yes],
    ]);
    for (const [name, event] of eventsOf(from)) expect(JSON.stringify(event).includes('"word":"open"'), name).toBe(name === 'verify');
    expect(JSON.stringify([asked, wrong])).not.toContain('"open"');
  });

  it('events have the members that AWS documents', async () => {
    const from = lab.lambdas.invocations.length;
    await lab.person().answer(await lab.person().signIn(), 'open');
    for (const [, event] of eventsOf(from)) {
      expect(Object.keys(event).sort().join(' ')).toBe('callerContext region request response triggerSource userName userPoolId version');
      expect(event).toMatchObject({ version: '1', region: 'eu-west-1', userName: 'ann', userPoolId: lab.pool.poolId });
      expect(event.callerContext).toEqual({ awsSdkVersion: expect.any(String), clientId: lab.pool.client('app').id });
      const { userAttributes } = event.request as { readonly userAttributes: Json };
      expect(userAttributes).toMatchObject({ email: ann.attributes.email, email_verified: 'true', sub: expect.any(String) });
    }
  });

  it('a wrong password ends it: Define is not asked again', async () => {
    const from = lab.lambdas.invocations.length;
    expect(await lab.person({ password: 'Wrong-horse-1' }).signIn()).toMatchObject({ error: 'NotAuthorizedException' });
    expect(namesOf(from)).toBe('pre-authentication define');
    await lab.person().signIn('USER_SRP_AUTH');
  });

  it('an unknown user is told to the triggers, gets as far as the password, and never tokens', async () => {
    const from = lab.lambdas.invocations.length;
    expect(await lab.person({ username: 'nobody' }).signIn()).toMatchObject({ error: 'NotAuthorizedException' });
    expect(eventsOf(from).at(-1)?.[1].request).toMatchObject({ userAttributes: {}, userNotFound: true });
    const willing = await startLab({ define: (event) => ({ ...event, response: { issueTokens: true, failAuthentication: false } }) });
    expect(await willing.person({ username: 'nobody' }).signIn()).toMatchObject({ error: 'NotAuthorizedException' });
    // and this is what a careless Define does: no password was asked for
    expect(await willing.person({ password: 'Wrong-horse-1' }).signIn()).toMatchObject({ tokens: expect.anything() });
    await willing.end();
  });

  it('begins with an empty history where no CHALLENGE_NAME is sent', async () => {
    const from = lab.lambdas.invocations.length;
    expect(await lab.person().initiate('CUSTOM_AUTH', { USERNAME: 'ann' })).toMatchObject({ challenge: 'CUSTOM_CHALLENGE' });
    expect(eventsOf(from)[1]?.[1].request).toMatchObject({ session: [] });
  });

  it('the authenticator app is asked for right after the password, and stands in the history', async () => {
    lab.pass(90_000);
    const person = lab.person({ username: 'app', password: 'Correct-horse-2' });
    const step = await person.signIn();
    const from = lab.lambdas.invocations.length;
    expect(await person.respond(step, { SOFTWARE_TOKEN_MFA_CODE: code() })).toMatchObject({ challenge: 'CUSTOM_CHALLENGE' });
    const request = eventsOf(from)[0]?.[1].request as { readonly session: readonly Json[] } | undefined;
    expect(request?.session.map(({ challengeName }) => challengeName)).toEqual(['SRP_A', 'PASSWORD_VERIFIER', 'SOFTWARE_TOKEN_MFA']);
  });

  it('without triggers there is none', async () => {
    const bare = await startLab({}, { triggers: {} });
    expect(await bare.person().signIn()).toMatchObject({ error: 'NotAuthorizedException' });
    await bare.end();
  });
});

describe('a session string', () => {
  it('is good once, for its own challenge, client and user, and for as long as the client says', async () => {
    const person = lab.person();
    const asked = await person.signIn();
    const invalid = { error: 'NotAuthorizedException', message: 'Invalid session for the user.' };
    expect(await lab.person({ client: 'legacy' }).answer(asked, 'open')).toMatchObject(invalid);
    expect(await person.respond({ ...asked, challenge: 'PASSWORD_VERIFIER' }, { ANSWER: 'open' })).toMatchObject(invalid);
    const [first, second] = await Promise.all([person.answer(asked, 'open'), person.answer(asked, 'open')]);
    expect([first, second].filter(({ tokens }) => tokens)).toHaveLength(1);
    expect([first, second].find(({ error }) => error)).toMatchObject(invalid);
    const other = await person.signIn();
    expect(await person.answer({ ...other, parameters: { USERNAME: 'app' } }, 'open')).toMatchObject(invalid);
    const late = await person.signIn();
    lab.pass(3 * 60_000);
    expect(await person.answer(late, 'open')).toMatchObject({ message: 'Invalid session for the user, session is expired.' });
  });
});

describe('a client with a secret', () => {
  it('must send the hash of it, in every call', async () => {
    const person = lab.person({ client: 'server' });
    const { tokens } = await person.answer(await person.signIn(), 'open');
    expect(tokens).toBeDefined();
    expect(await person.refresh(tokens?.RefreshToken ?? '')).toMatchObject({ tokens: expect.anything() });
    for (const [hash, message] of [
      ['AAAA', /Unable to verify secret hash/],
      [undefined, /SECRET_HASH was not received/],
    ] as const) {
      const parameters = { USERNAME: 'ann', PASSWORD: ann.password, SECRET_HASH: hash as string };
      expect(await person.initiate('USER_PASSWORD_AUTH', parameters)).toMatchObject({ message: expect.stringMatching(message) });
    }
    const publicOne = lab.person();
    expect(await publicOne.initiate('USER_PASSWORD_AUTH', { USERNAME: 'ann', PASSWORD: ann.password, SECRET_HASH: 'AAAA' })).toMatchObject({
      error: 'NotAuthorizedException',
    });
  });

  it('does so by the operations for servers, too', async () => {
    const person = lab.person({ client: 'server', isAdmin: true });
    expect(await person.answer(await person.signIn(), 'open')).toMatchObject({ tokens: expect.anything() });
    const byPassword = { USERNAME: 'ann', PASSWORD: ann.password };
    expect(await person.initiate('ADMIN_USER_PASSWORD_AUTH', byPassword)).toMatchObject({ tokens: expect.anything() });
    const open = lab.person();
    expect(await open.initiate('ADMIN_USER_PASSWORD_AUTH', byPassword)).toMatchObject({ error: 'InvalidParameterException' });
  });
});
