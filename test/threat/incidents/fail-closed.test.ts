import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEnvironment } from '../../../adapters/server/environment.ts';
import { createStepward } from '../../../core/index.ts';
import { createBrowser, createWorld, usual, type World } from '../../support/stepward.ts';
import { appCode, ask, begin, enrolled, type Person, refusal } from '../support/people.ts';
import { callerOf, folder, type Process, settings, startProcess } from '../support/server.ts';

describe('GHSA-8fpg-xm3f-6cx3: checks passed when the configuration was in error', () => {
  const good = settings('sqlite:/tmp/never-opened.db');
  it('the configuration that the others are bent from is good', () => {
    expect(parseEnvironment(good, false).tenantId).toBe('stepward');
  });

  // fails without: each check of parseEnvironment
  it.each([
    [
      'STEPWARD_PUBLIC_URL',
      [
        '',
        'stepward.example',
        'ftp://stepward.example',
        'https://stepward.example/path',
        'https://user@stepward.example',
        'https://stepward.example?x',
      ],
    ],
    ['STEPWARD_DATABASE_URL', ['', 'mysql://x', 'sqlite:', 'stepward.db']],
    ['STEPWARD_SERVER_KEYS', ['', 'short', 'with blanks in it, and more', ',,,']],
    ['STEPWARD_MANAGEMENT_KEYS', ['', 'short', 'mk_threat_0123456789abcdef,mk_threat_0123456789abcdef']],
    ['STEPWARD_ENCRYPTION_KEYS', ['', 'test', 'test:AAAA', `:${'A'.repeat(44)}`, 'a b:AAAA']],
    ['STEPWARD_TENANT_ID', ['', 'a/b', 'ä']],
    ['STEPWARD_TRUSTED_PROXIES', ['all', '10.0.0.0/33', '*']],
    ['STEPWARD_EGRESS_ALLOWED_RANGES', ['private', '10.0.0.0/33', '*']],
    ['STEPWARD_REDIRECT_ORIGINS', ['*', 'app.example', 'https://app.example/path', 'javascript:alert(1)']],
    ['STEPWARD_FRAME_ANCESTORS', ['*', 'self', 'https://app.example/x']],
    ['STEPWARD_SMTP_URL', ['mail.example', 'http://mail.example']],
    ['PORT', ['-1', '70000', '80a', '0x50']],
  ])('%s in error stops the start with its name', (name, values) => {
    for (const value of values) expect(() => parseEnvironment({ ...good, [name]: value }, false), `${name}=${value}`).toThrow(name);
  });

  // fails without: a condition that cannot be evaluated being no match, and never an ALLOW by itself
  it.each(['secrets', 'signer', 'ip', 'agents'] as const)('%s that throw never make a decision that proceeds', async (port) => {
    const world = await createWorld();
    try {
      await world.configure('signIn', { defaultUserActionResult: 'CHALLENGE' }, [
        { conditions: { '==': [{ var: 'ip.isAnonymous' }, true] }, type: 'BLOCK' },
      ]);
      const throws = new Proxy(world.ports[port], {
        get: () => () => {
          throw new Error('broken');
        },
      });
      const stepward = createStepward({ ...world.ports, [port]: throws });
      const result = await stepward.track({ ...usual, userId: 'ann' }).then(
        ({ answer }) => answer.state,
        () => 'refused',
      );
      expect(['refused', 'CHALLENGE_REQUIRED']).toContain(result);
    } finally {
      await world.end();
    }
  });

  // fails without: effectOf denying what it does not know
  it('a state that nobody knows denies', async () => {
    const { effectOf } = await import('../../../core/index.ts');
    for (const state of ['', 'ALLOWED', 'REVIEW', 'constructor', '__proto__', 'toString'])
      for (const canRedirect of [true, false]) expect(effectOf(state as 'ALLOW', { canRedirect })).toBe('deny');
  });

  // fails without: firstState and onUnknown: skip
  it('rules of a policy that cannot be had leave the default, which is CHALLENGE until somebody changes it', async () => {
    const world = await createWorld();
    try {
      expect((await world.stepward.track({ ...usual, userId: 'ann', action: 'never-configured' })).answer).toMatchObject({
        state: 'CHALLENGE_REQUIRED',
        failurePolicy: 'deny',
      });
    } finally {
      await world.end();
    }
  });
});

describe('GHSA-x445-f3h2-j279: browser state not bound to what issued it', () => {
  let world: World;
  let ann: Person;
  beforeAll(async () => {
    world = await createWorld();
    ann = await enrolled(world, 'ann');
    await world.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
    await world.configure('withdraw', { defaultUserActionResult: 'CHALLENGE' });
  });
  afterAll(() => world.end());
  const finish = async (action: string, binding?: string) => {
    world.pass(60_000);
    const asked = await ask(world, ann.userId, { action, binding });
    await asked.browser.act(asked.url, {
      do: 'answer',
      challengeId: await begin(asked, 'AUTHENTICATOR_APP'),
      response: appCode(ann.secret, world.now()),
    });
    return {
      asked,
      target: (await asked.browser.leave(asked.url))?.target,
      ref: { userId: ann.userId, action, idempotencyKey: asked.idempotencyKey },
    };
  };

  // fails without: carriesProof comparing user, action and key of the token; ticketOf of this instance
  it('ticket and token serve their own instance only', async () => {
    const one = await finish('signIn', 'b');
    const two = await finish('withdraw', 'b');
    expect(await refusal(world.stepward.consume(two.ref, { binding: 'b', ticket: one.target?.ticket }))).toBe('ticket_mismatch');
    const unbound = await finish('signIn');
    const third = await finish('signIn', 'b');
    expect(await refusal(world.stepward.consume(third.ref, { binding: 'b', token: unbound.target?.token }))).toBe('ticket_mismatch');
    expect(await refusal(world.stepward.consume(two.ref, { binding: 'b', token: unbound.target?.token }))).toBe('ticket_mismatch');
    for (const mismatch of [{ userId: 'bob' }, { action: 'withdraw' }, { idempotencyKey: one.ref.idempotencyKey }])
      expect(await world.stepward.validate({ token: unbound.target?.token ?? '', ...mismatch })).toEqual({
        isValid: false,
        error: 'mismatch',
      });
    expect(await refusal(world.stepward.consume({ ...one.ref, userId: 'bob' }, { binding: 'b', ticket: one.target?.ticket }))).toBe(
      'not_found',
    );
    expect(await refusal(world.stepward.consume(one.ref, { binding: 'other', ticket: one.target?.ticket }))).toBe('binding_mismatch');
    expect(await refusal(world.stepward.consume(one.ref, { binding: 'b', ticket: one.target?.ticket }))).toBe('proceeded');
  });

  // fails without: `belongs` (browser and mode)
  it('a visit belongs to one browser in one mode', async () => {
    const { asked } = await finish('signIn');
    const mine = createBrowser(world, { browser: asked.cookie });
    expect((await mine.open(asked.url, { mode: 'frame' })).view.page).toBe('neutral');
    expect((await createBrowser(world).open(asked.url)).view.page).toBe('neutral');
    expect(await createBrowser(world).leave(asked.url)).toBeUndefined();
  });

  // fails without: the device of one person being looked for among his own
  it('the device cookie of one person proves nothing for another who uses the same browser', async () => {
    const bob = await enrolled(world, 'bob');
    await world.configure('signIn', { defaultUserActionResult: 'CHALLENGE', challengeValidFor: 3600 });
    const { asked, target } = await finish('signIn');
    await world.stepward.validate({ token: target?.token ?? '', idempotencyKey: asked.idempotencyKey });
    const again = await ask(world, ann.userId, {}, asked.browser);
    expect((await asked.browser.open(again.url)).view.page).toBe('leave');
    const other = await ask(world, bob.userId, {}, asked.browser);
    expect((await asked.browser.open(other.url)).view.page).toBe('choose');
  });
});

describe('GHSA-xmf8-cvqr-rfgj: a malformed Authorization header threw', () => {
  const place = folder();
  let server: Process;
  beforeAll(async () => {
    server = await startProcess(settings(`sqlite:${place.path}/stepward.db`));
  });
  afterAll(async () => {
    await server?.end('SIGKILL');
    place.remove();
  });

  // fails without: keyOf giving undefined for anything but Basic with base64
  it.each([
    'Basic',
    'Basic ',
    'Basic ====',
    'Basic \u00e4',
    'Bearer',
    'Bearer x.y.z',
    'basic Og==',
    'Basic Og==',
    'Digest username="x"',
    'Basic AAAA AAAA',
    `Basic ${'A'.repeat(5000)}`,
    ',',
    'null',
  ])('`%s` is 401 and nothing else', async (authorization) => {
    const reply = await callerOf(server.port)('GET', '/v1/users/ann', undefined, '', { authorization });
    expect([reply.status, reply.body.errorCode]).toEqual([401, 'unauthorized']);
  });
});
