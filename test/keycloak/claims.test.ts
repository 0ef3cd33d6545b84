import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FlowNode, type StepwardSettings, stepward } from './support/flows.ts';
import { claimsOf, type Person } from './support/person.ts';
import { hasKeycloak } from './support/realm.ts';
import { passByApp, passByMail, startWorld, type World } from './support/world.ts';

let world: World;
const aal2 = 'urn:stepward:aal2';

/** What puts our notes into tokens. */
const noteMapper = (note: string, jsonType: string) => ({
  name: note,
  protocol: 'openid-connect',
  protocolMapper: 'oidc-usersessionmodel-note-mapper',
  config: {
    'user.session.note': note.replace('_', '.'),
    'claim.name': note,
    'jsonType.label': jsonType,
    'id.token.claim': 'true',
    'access.token.claim': 'true',
  },
});
const mappers = [
  noteMapper('stepward_acr', 'String'),
  noteMapper('stepward_amr', 'JSON'),
  noteMapper('stepward_time', 'long'),
  noteMapper('stepward_degraded', 'boolean'),
];
const withClaims = (clientId: string, flow: string, more: Readonly<Record<string, unknown>> = {}) => ({
  clientId,
  flow,
  more: { protocolMappers: mappers, ...more },
});

const level = (alias: string, of: number, maxAge: string, inside: readonly FlowNode[]): FlowNode => ({
  flow: alias,
  requirement: 'CONDITIONAL',
  of: [{ run: 'conditional-level-of-authentication', config: { 'loa-condition-level': String(of), 'loa-max-age': maxAge } }, ...inside],
});
/** Answers `acr_values` by Keycloak's levels, without asking for the password again. */
const levels = (settings: StepwardSettings): FlowNode => ({
  flow: 'levels',
  of: [
    {
      flow: 'levels-login',
      of: [
        { run: 'auth-cookie', requirement: 'ALTERNATIVE' },
        {
          flow: 'levels-factors',
          requirement: 'ALTERNATIVE',
          of: [
            level('levels-1', 1, '36000', [{ run: 'auth-username-password-form' }]),
            level('levels-2', 2, '300', [stepward({ ...settings, action: 'level', requiredAcr: aal2 })]),
          ],
        },
      ],
    },
    { flow: 'levels-step-up', of: [stepward({ ...settings, action: 'allow' })] },
  ],
});

const tracks = (action?: string) =>
  world.faults.calls.filter(({ path }) => !path.endsWith('/consume') && (action === undefined || path.endsWith(`/actions/${action}`)));
const tokensOf = async (person: Person, clientId: string) => {
  person.answer();
  const { status, body } = await person.tokens(clientId);
  expect(status, JSON.stringify(body)).toBe(200);
  return claimsOf(body.id_token);
};

/** Somebody with an authenticator app, which reaches the second level. */
const logIn = async (username: string, clientId: string, more: Readonly<Record<string, string>> = {}): Promise<Person> => {
  const person = world.person();
  await person.start(clientId, more);
  await person.logIn(username);
  return person;
};

describe.skipIf(!hasKeycloak)('what tokens say of a login', () => {
  beforeAll(async () => {
    world = await startWorld({
      logins: {
        allow: {},
        challenge: {},
        reuse: { ssoReuseSeconds: '300', action: 'allow' },
        open: { failurePolicy: 'allow', action: 'allow' },
      },
      users: ['ada', 'ben', 'cleo', 'dan', 'eve', 'finn', 'gus', 'hal', 'ida'],
      flows: (settings) => [levels(settings)],
      clients: [
        withClaims('allow-claims', 'allow'),
        withClaims('challenge-claims', 'challenge'),
        withClaims('open-claims', 'open'),
        withClaims('levels', 'levels', { attributes: { 'acr.loa.map': JSON.stringify({ 'urn:stepward:aal1': 1, [aal2]: 2 }) } }),
      ],
      more: { attributes: { 'acr.loa.map': JSON.stringify({ 'urn:stepward:aal1': 1, [aal2]: 2 }) } },
    });
    const byMail = { verificationMethods: ['EMAIL_OTP'], enrollment: 'verified-contact' };
    await world.served.configure('allow', { defaultUserActionResult: 'ALLOW', ...byMail });
    await world.served.configure('challenge', { defaultUserActionResult: 'CHALLENGE', ...byMail });
    await world.served.configure('level', {
      defaultUserActionResult: 'ALLOW',
      verificationMethods: ['AUTHENTICATOR_APP'],
      enrollment: 'allow',
    });
  });
  afterAll(() => world?.end());

  it('is nothing of a proof after an ALLOW, and what was proven after a challenge', async () => {
    const ada = await tokensOf(await logIn('ada', 'allow-claims'), 'allow-claims');
    expect(ada).not.toHaveProperty('stepward_amr');
    expect(ada).not.toHaveProperty('stepward_acr');
    expect(ada).toMatchObject({ stepward_degraded: false, stepward_time: expect.any(Number) });

    const ben = await logIn('ben', 'challenge-claims');
    await passByMail(world, ben, 'ben');
    const claims = await tokensOf(ben, 'challenge-claims');
    expect(claims).toMatchObject({
      stepward_acr: 'urn:stepward:aal1',
      stepward_amr: expect.arrayContaining(['otp']),
      stepward_degraded: false,
    });
  });

  it('is of the newest decision: SSO to another application is decided again, and its ALLOW proves nothing', async () => {
    const cleo = await logIn('cleo', 'challenge-claims');
    await passByMail(world, cleo, 'cleo');
    expect(await tokensOf(cleo, 'challenge-claims')).toHaveProperty('stepward_amr');
    const before = tracks().length;
    await cleo.start('allow-claims');
    const claims = await tokensOf(cleo, 'allow-claims');
    expect(tracks()).toHaveLength(before + 1);
    expect(tracks().at(-1)?.body.custom).toMatchObject({ keycloakSso: true });
    expect(claims).not.toHaveProperty('stepward_amr');
  });

  it('SSO within `ssoReuseSeconds` needs no new decision, of this action alone, and none of a login that was degraded', async () => {
    const dan = await logIn('dan', 'allow');
    dan.answer();
    const before = tracks().length;
    await dan.start('reuse');
    dan.answer();
    expect(tracks()).toHaveLength(before);
    await dan.start('reuse', { prompt: 'login' });
    await dan.press(/sign in/i, { username: 'dan', password: 'correct horse battery staple' });
    dan.answer();
    expect(tracks()).toHaveLength(before + 1);

    const eve = await logIn('eve', 'challenge');
    await passByMail(world, eve, 'eve');
    eve.answer();
    const others = tracks().length;
    await eve.start('reuse');
    eve.answer();
    expect(tracks()).toHaveLength(others + 1);
  });

  it('a login without a decision says so, and is decided by SSO once the core is back', async () => {
    world.faults.play(() => (response) => response.destroy());
    const finn = await logIn('finn', 'open-claims');
    world.faults.play();
    expect(await tokensOf(finn, 'open-claims')).toMatchObject({ stepward_degraded: true });
    const before = tracks().length;
    await finn.start('reuse');
    finn.answer();
    expect(tracks()).toHaveLength(before + 1);
    await finn.start('open-claims');
    expect(await tokensOf(finn, 'open-claims')).toMatchObject({ stepward_degraded: false });
  });

  describe('with levels of authentication', () => {
    const asking = { claims: JSON.stringify({ id_token: { acr: { essential: true, values: [aal2] } } }) };

    it('the first level asks for no challenge, and is never reported as the second', async () => {
      const gus = await logIn('gus', 'levels');
      const claims = await tokensOf(gus, 'levels');
      expect(claims.acr).toBe('urn:stepward:aal1');
      expect(tracks('level').filter(({ body }) => body.username === 'gus')).toEqual([]);
    });

    it('the second is asked for on SSO: one challenge, no password, its acr in the token; none within its time', async () => {
      const hal = await logIn('hal', 'levels');
      hal.answer();
      await hal.start('levels', asking);
      expect(hal.at.url.pathname, hal.at.text).toBe('/challenge');
      expect(tracks('level').at(-1)?.body.context).toMatchObject({ requestedAcr: [aal2] });
      await passByApp(hal);
      expect(await tokensOf(hal, 'levels')).toMatchObject({ acr: aal2, stepward_acr: aal2 });

      const before = tracks('level').length;
      await hal.start('levels', asking);
      expect((await tokensOf(hal, 'levels')).acr).toBe(aal2);
      expect(tracks('level')).toHaveLength(before);
    });

    it('no failure of the core mints the level', async () => {
      const ida = await logIn('ida', 'levels');
      ida.answer();
      world.faults.play((call) => (call.path.includes('/actions/level') ? (response) => response.destroy() : undefined));
      await ida.start('levels', asking);
      world.faults.play();
      expect(ida.at.status).toBe(503);
      await ida.start('levels');
      expect((await tokensOf(ida, 'levels')).acr).toBe('urn:stepward:aal1');
    });
  });
});
