import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bindingOf } from '../../../adapters/cognito/triggers/binding.ts';
import { type FakeCore, startFakeCore } from '../../support/fake-core.ts';
import { attributesOf, create, groups, type Json, preToken, userPoolId } from './support/events.ts';
import { createResponse, environmentFor, refusalOf, tokenResponse, triggersOf } from './support/triggers.ts';

let core: FakeCore;
beforeAll(async () => {
  core = await startFakeCore();
});
afterAll(() => core.close());

let made = 0;
/** What Create tracks for this event. */
const tracked = async (request: Json = {}, about: Json = {}, more: Readonly<Record<string, string>> = {}) => {
  made += 1;
  const sub = `a|challenge|${made}`;
  const event = create(sub, { ...request, userAttributes: { ...attributesOf(sub), ...(request.userAttributes as object) } }, about);
  const { privateChallengeParameters } = await createResponse(triggersOf(environmentFor(core.origin, more)).create, event);
  const [said, ...others] = core.about(sub);
  expect(others).toEqual([]);
  if (!said) throw new Error('nothing was tracked');
  return { ...said, kept: privateChallengeParameters, sub };
};

describe('what Create says of a sign-in', () => {
  it('is this, and nothing else of the event', async () => {
    const metadata = {
      stepward_device: '0b6f0f9e-5c1e-4b62-9a2b-3b7b6f1d2a11',
      stepward_user_agent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0',
      stepward_locale: 'de-AT',
    };
    const { path, authorization, body, kept, sub } = await tracked({ clientMetadata: metadata });
    expect(path).toBe(`/v1/users/${encodeURIComponent(sub)}/actions/signIn`);
    expect(authorization).toBe(`Basic ${btoa('sk_test_0000000000000000:')}`);
    const { key = '', nonce = '' } = kept;
    expect(body).toEqual({
      idempotencyKey: key,
      binding: bindingOf({ userPoolId, clientId: 'client-1', sub, action: 'signIn', key, nonce }),
      redirectUrl: 'https://app.example/back?x=1',
      deviceId: metadata.stepward_device,
      userAgent: metadata.stepward_user_agent,
      locale: metadata.stepward_locale,
      email: 'ada.lovelace@example.org',
      emailVerified: true,
      phoneNumber: '+4915112345678',
      phoneNumberVerified: true,
      context: {
        adapter: 'cognito',
        clientId: 'client-1',
        protocol: 'oidc',
        flow: 'interactive',
        canRedirect: true,
        authenticationMethods: [{ method: 'pwd' }],
      },
    });
  });

  it('the binding is the one that was agreed', () => {
    expect(
      bindingOf({
        userPoolId: 'eu-west-1_AbCdEf',
        clientId: 'client-1',
        sub: '11111111-1111-4111-8111-111111111111',
        action: 'signIn',
        key: '00000000-0000-4000-8000-000000000001',
        nonce: 'nonce-1',
      }),
    ).toBe('i0M_cCT4_f44STQU7Fn__JBd7B0of_c23p3BLCc4-6Y');
  });

  it('keys are random: the same event twice has none in common', async () => {
    const event = create('a|challenge|twice');
    const { create: handler } = triggersOf(environmentFor(core.origin));
    const [one, other] = [await createResponse(handler, event), await createResponse(handler, event)];
    for (const name of ['key', 'consumeKey', 'nonce'])
      expect(one.privateChallengeParameters[name]).not.toBe(other.privateChallengeParameters[name]);
  });

  it('an address that Cognito does not vouch for is not said', async () => {
    for (const verified of ['false', 'TRUE', '', undefined, true, 1, null]) {
      const { body } = await tracked({ userAttributes: { email_verified: verified, phone_number_verified: verified } });
      for (const name of ['email', 'emailVerified', 'phoneNumber', 'phoneNumberVerified']) expect(body).not.toHaveProperty(name);
    }
    const { body } = await tracked({ userAttributes: { email: ['a@b.c'], phone_number: { a: 1 } } });
    expect(body).not.toHaveProperty('email');
    expect(body).not.toHaveProperty('phoneNumberVerified');
  });

  it('metadata of the application are claims of three kinds: no address, no return address, no hostile value', async () => {
    const hostile = JSON.parse(`{
      "__proto__": {"stepward_device": "0b6f0f9e-5c1e-4b62-9a2b-3b7b6f1d2a11"},
      "constructor": "x", "prototype": "x",
      "returnUrl": "https://evil.example", "redirectUrl": "https://evil.example", "stepward_return_url": "https://evil.example",
      "ip": "198.51.100.1", "ipAddress": "198.51.100.1", "stepward_ip": "198.51.100.1", "x-forwarded-for": "198.51.100.1",
      "sub": "another", "userId": "another", "action": "open", "stepward_action": "open", "idempotencyKey": "another", "binding": "another",
      "stepward": "1", "emailVerified": "true", "email": "evil@evil.example", "canRedirect": "false", "deviceVouched": "true"
    }`);
    const { body } = await tracked({ clientMetadata: hostile });
    expect(JSON.stringify(body)).not.toMatch(/evil|198\.51|another|open|deviceId|ipAddress|Vouched/);
    expect(body.redirectUrl).toBe('https://app.example/back?x=1');
    expect(Object.keys(body).sort()).toEqual(
      ['binding', 'context', 'email', 'emailVerified', 'idempotencyKey', 'phoneNumber', 'phoneNumberVerified', 'redirectUrl'].sort(),
    );
  });

  it.each([
    'x'.repeat(4096),
    '',
    'short',
    'with space and more',
    '../../../../etc/passwd',
    'a\nb'.repeat(8),
    1,
    true,
    null,
    ['a'.repeat(20)],
    {},
  ])('metadata that are %j are not said', async (value) => {
    const { body } = await tracked({
      clientMetadata: {
        stepward_device: value,
        stepward_locale: value,
        stepward_user_agent: typeof value === 'string' && value !== '' && value.length < 100 ? undefined : value,
      },
    });
    for (const name of ['deviceId', 'userAgent']) expect(body).not.toHaveProperty(name);
    if (value !== 'short') expect(body).not.toHaveProperty('locale');
  });

  it.each([null, undefined, 'text', 1, [], ['stepward_device']])('metadata as a whole that are %j are none', async (clientMetadata) => {
    const { body } = await tracked({ clientMetadata });
    expect(body).not.toHaveProperty('deviceId');
  });

  it('a client that pops up has no address to return to; one that nobody listed does not sign in', async () => {
    expect((await tracked({}, { clientId: 'client-popup' })).body).not.toHaveProperty('redirectUrl');
    for (const clientId of ['client-2', '__proto__', 'constructor', 'toString'])
      expect(await refusalOf(createResponse(triggersOf(environmentFor(core.origin)).create, create('a|allow', {}, { clientId })))).toBe(
        '[stepward:unavailable:client] Sign-in is not possible at the moment. Try again later',
      );
  });

  it('settings: another action, and a decision that waits for the browser', async () => {
    const { path, body, kept } = await tracked({}, {}, { STEPWARD_ACTION: 'login', STEPWARD_COGNITO_DEFER: 'true' });
    expect(path).toMatch(/\/actions\/login$/);
    expect(kept.action).toBe('login');
    expect(body.context).toMatchObject({ deferSignals: true });
  });
});

describe('events that are not as they should be', () => {
  const { define, create: handler, verify, preToken: gate } = triggersOf(environmentFor('http://127.0.0.1:9'));
  const all = { define, create: handler, verify, gate };
  const wrong = '[stepward:unavailable:event] Sign-in is not possible at the moment. Try again later';
  it.each([
    null,
    undefined,
    'text',
    [],
    {},
    { ...create('u'), triggerSource: undefined },
    { ...create('u'), triggerSource: 'CreateAuthChallenge_Authentication2' },
    { ...create('u'), triggerSource: ['CreateAuthChallenge_Authentication'] },
    { ...create('u'), userPoolId: undefined },
    { ...create('u'), callerContext: null },
    { ...create('u'), callerContext: { clientId: 7 } },
    { ...create('u'), triggerSource: 'PreSignUp_SignUp' },
  ])('%#', async (event) => {
    for (const trigger of Object.values(all)) expect(await refusalOf(trigger(event))).toBe(wrong);
  });

  it('a trigger that was put into the slot of another', async () => {
    expect(await refusalOf(define(create('u')))).toBe(wrong);
    expect(await refusalOf(verify(create('u')))).toBe(wrong);
    expect(await refusalOf(gate(create('u')))).toBe(wrong);
    expect(await refusalOf(handler(preToken('u', 'Authentication')))).toBe(wrong);
    expect(await refusalOf(gate(preToken('u', 'SomethingNew')))).toBe(wrong);
  });

  it('Create: another challenge, a user that does not exist, a user without a sub', async () => {
    for (const request of [{ challengeName: 'SRP_A' }, { challengeName: undefined }, { userNotFound: true }, { userNotFound: 'false' }])
      expect(await refusalOf(createResponse(handler, create('u', request)))).toBe(wrong);
    for (const userAttributes of [{}, null, undefined, { sub: '' }, { sub: 7 }, { sub: 'x'.repeat(256) }, []])
      expect(await refusalOf(createResponse(handler, create('u', { userAttributes })))).toBe(wrong);
  });

  it('a sub that would name another path is encoded, or refused', async () => {
    const { create: real } = triggersOf(environmentFor(core.origin));
    await createResponse(real, create('a|allow|/../../other?x#y'));
    expect(core.about('a|allow|/../../other?x#y')).toHaveLength(1);
    for (const sub of ['.', '..', 'undefined', 'null'])
      expect(await refusalOf(createResponse(real, create(sub)))).toMatch(/^\[stepward:unavailable:/);
  });
});

describe('what the gate `require` says', () => {
  it.each([
    ['Authentication', 'signIn', 'interactive'],
    ['HostedAuth', 'signIn', 'interactive'],
    ['RefreshTokens', 'renew', 'refresh'],
  ])('%s', async (source, action, flow) => {
    const sub = `c|allow|${source}`;
    const { preToken: gate } = triggersOf(environmentFor(core.origin, { STEPWARD_GATE: 'require', STEPWARD_REFRESH_ACTION: 'renew' }));
    await tokenResponse(gate, preToken(sub, source));
    const [{ path, body } = { path: '', body: {} }] = core.about(sub);
    expect(path).toBe(`/v1/users/${encodeURIComponent(sub)}/actions/${action}`);
    expect(body).toEqual({
      idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/),
      email: 'ada.lovelace@example.org',
      emailVerified: true,
      phoneNumber: '+4915112345678',
      phoneNumberVerified: true,
      context: { adapter: 'cognito', clientId: 'client-1', protocol: 'oidc', flow, canRedirect: false, groups: groups.groupsToOverride },
    });
  });
});
