import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { routes } from '../../../adapters/http/routes/index.ts';
import { createBrowser, createWorld, usual, type World } from '../../support/stepward.ts';
import { appCode, ask, begin, enrolled, type Person, refusal } from '../support/people.ts';

let world: World;
let ann: Person;
beforeAll(async () => {
  world = await createWorld();
  ann = await enrolled(world, 'ann');
});
afterAll(() => world.end());
beforeEach(async () => {
  world.pass(60_000);
  await world.configure('signIn', { defaultUserActionResult: 'CHALLENGE', minimumAssurance: 'aal1', verificationMethods: undefined });
});

const stateOf = async (idempotencyKey: string, userId = ann.userId) =>
  (await world.stepward.getAction({ userId, action: 'signIn', idempotencyKey })).state;

describe('CVE-2026-94218: "restart login" cleared the notes that enforced the second factor', () => {
  // fails without: the state in the store (nothing of the requirement lives in the browser)
  it.each(['back', 'skip', 'resend', 'codes-saved'] as const)('`%s` lifts nothing', async (what) => {
    const asked = await ask(world, ann.userId);
    await begin(asked, 'AUTHENTICATOR_APP');
    for (let times = 0; times < 3; times++) await asked.browser.act(asked.url, { do: what }).catch(() => undefined);
    expect(await stateOf(asked.idempotencyKey)).toBe('CHALLENGE_REQUIRED');
    expect(await asked.browser.leave(asked.url)).toBeUndefined();
  });

  it('a browser that lost its cookies gets nothing, and the requirement stands', async () => {
    const asked = await ask(world, ann.userId);
    const without = createBrowser(world);
    expect((await without.open(asked.url)).view.page).toBe('neutral');
    expect((await without.act(asked.url, { do: 'cancel' })).view.page).toBe('neutral');
    expect(await stateOf(asked.idempotencyKey)).toBe('CHALLENGE_REQUIRED');
  });

  it('a new transaction is challenged again, whatever became of the one before', async () => {
    for (const end of ['cancel', 'abandon', 'wrong'] as const) {
      const asked = await ask(world, ann.userId);
      if (end === 'cancel') await asked.browser.act(asked.url, { do: 'cancel' });
      if (end === 'wrong')
        await asked.browser.act(asked.url, { do: 'answer', challengeId: await begin(asked, 'AUTHENTICATOR_APP'), response: 'no' });
      expect((await world.stepward.track({ ...usual, userId: ann.userId })).answer.state, end).toBe('CHALLENGE_REQUIRED');
    }
  });

  // fails without: `replayedAnswer` comparing permissiveness
  it('the same key never answers with less than stands now', async () => {
    await world.configure('signIn', { defaultUserActionResult: 'ALLOW' });
    const request = { ...usual, userId: ann.userId, idempotencyKey: 'cve-94218' };
    expect((await world.stepward.track(request)).answer.state).toBe('ALLOW');
    const ref = { userId: ann.userId, action: 'signIn', idempotencyKey: 'cve-94218' };
    await world.stepward.updateAction(ref, { state: 'REVIEW_REQUIRED' });
    expect((await world.stepward.track(request)).answer.state).toBe('REVIEW_REQUIRED');
    await world.stepward.updateAction(ref, { state: 'BLOCK' });
    expect((await world.stepward.track(request)).answer.state).toBe('BLOCK');
  });

  // fails without: the decision being kept with the instance
  it('a rule edited in mid-flight does not release what was raised before', async () => {
    const asked = await ask(world, ann.userId);
    await world.configure('signIn', { defaultUserActionResult: 'ALLOW' });
    await asked.browser.open(asked.url);
    expect(await stateOf(asked.idempotencyKey)).toBe('CHALLENGE_REQUIRED');
    const ref = { userId: ann.userId, action: 'signIn', idempotencyKey: asked.idempotencyKey };
    expect(await refusal(world.stepward.consume(ref, {}))).toBe('challenge_pending');
  });
});

describe('keycloak-2fa-email-authenticator #36: opening a second tab during the code step skipped it', () => {
  const right = () => appCode(ann.secret, world.now());

  // fails without: openCeremony in standing (a second tab would start from the beginning, or leave)
  it('the second tab of one transaction shows the same question', async () => {
    const asked = await ask(world, ann.userId);
    const challengeId = await begin(asked, 'AUTHENTICATOR_APP');
    expect((await asked.browser.open(asked.url)).view).toMatchObject({ page: 'ceremony', ceremony: { challengeId } });
    expect(await stateOf(asked.idempotencyKey)).toBe('CHALLENGE_REQUIRED');
  });

  it.each(['first tab first', 'second tab first'])('two transactions in one browser are proven one by one (%s)', async (order) => {
    const browser = createBrowser(world);
    const one = await ask(world, ann.userId, {}, browser);
    await begin(one, 'AUTHENTICATOR_APP');
    const two = await ask(world, ann.userId, {}, browser);
    await begin(two, 'AUTHENTICATOR_APP');
    const [proven, other] = order === 'first tab first' ? [one, two] : [two, one];
    await browser.act(proven.url, { do: 'answer', challengeId: await begin(proven, 'AUTHENTICATOR_APP'), response: right() });
    expect(await stateOf(proven.idempotencyKey)).toBe('CHALLENGE_SUCCEEDED');
    expect(await stateOf(other.idempotencyKey)).toBe('CHALLENGE_REQUIRED');
    expect(await browser.leave(other.url)).toBeUndefined();
  });

  // fails without: challengeId compared in answerCeremony, before and under the lock (each alone suffices)
  it('the challenge of one transaction answers no other', async () => {
    const one = await ask(world, ann.userId);
    const two = await ask(world, ann.userId);
    const challengeId = await begin(one, 'AUTHENTICATOR_APP');
    await begin(two, 'AUTHENTICATOR_APP');
    expect(await two.browser.act(two.url, { do: 'answer', challengeId, response: right() })).toMatchObject({ error: 'late' });
    expect(await stateOf(two.idempotencyKey)).toBe('CHALLENGE_REQUIRED');
  });
});

describe('Ory Kratos #3671: assurance was checked on one route only', () => {
  // fails without: methodSuffices in permittedMethods, and permittedMethods in `owed` and `proven`
  it.each([
    ['minimumAssurance of the action', { minimumAssurance: 'phr' }, {}],
    ['a requested acr', {}, { context: { requestedAcr: ['phr'] } }],
    ['methods of the action', { verificationMethods: ['PASSKEY'] }, {}],
  ])('%s holds at choosing, answering, validating and consuming', async (_, settings, request) => {
    await world.configure('signIn', { defaultUserActionResult: 'CHALLENGE', ...settings });
    const asked = await ask(world, ann.userId, { ...request, binding: 'b' });
    for (const method of ['EMAIL_OTP', 'RECOVERY_CODE'] as const) {
      const refused = await refusal(asked.browser.act(asked.url, { do: 'choose', method }));
      expect(refused, method).toBe(method === 'RECOVERY_CODE' && 'verificationMethods' in settings ? 'proceeded' : 'method_not_permitted');
    }
    // his own app shows only that it is he: it lets a permitted one be enrolled and completes nothing
    const { view } = await asked.browser
      .act(asked.url, { do: 'choose', method: 'AUTHENTICATOR_APP' })
      .catch(() => ({ view: { page: 'refused' } as const }));
    if (view.page === 'ceremony')
      await asked.browser.act(asked.url, {
        do: 'answer',
        challengeId: view.ceremony.challengeId,
        response: appCode(ann.secret, world.now()),
      });
    expect(await stateOf(asked.idempotencyKey)).toBe('CHALLENGE_REQUIRED');
    const ref = { userId: ann.userId, action: 'signIn', idempotencyKey: asked.idempotencyKey };
    expect(await refusal(world.stepward.consume(ref, { binding: 'b' }))).toBe('challenge_pending');
  });

  it('consume and its required acr say no to a weaker proof', async () => {
    const asked = await ask(world, ann.userId, { binding: 'b' });
    await asked.browser.act(asked.url, {
      do: 'answer',
      challengeId: await begin(asked, 'AUTHENTICATOR_APP'),
      response: appCode(ann.secret, world.now()),
    });
    const ticket = (await asked.browser.leave(asked.url))?.target?.ticket;
    const ref = { userId: ann.userId, action: 'signIn', idempotencyKey: asked.idempotencyKey };
    expect(await refusal(world.stepward.consume(ref, { binding: 'b', ticket, requiredAcr: ['phr'] }))).toBe('assurance_unmet');
    expect(await refusal(world.stepward.consume(ref, { binding: 'b', ticket, requiredAcr: ['urn:stepward:aal2'] }))).toBe('proceeded');
  });

  // fails without: a scope in the route table (the dispatcher checks it before any handler runs)
  it('every route of the table has a scope; only what must be is public', () => {
    expect(
      routes
        .filter(({ scope }) => scope === 'public')
        .map(({ method, path }) => `${method} ${path}`)
        .sort(),
    ).toEqual([
      'GET /.well-known/webauthn',
      'GET /livez',
      'GET /openapi.json',
      'GET /readyz',
      'GET /v1/client/public/{tenantId}/.well-known/jwks',
    ]);
  });
});

describe('temps #788: step-up silently broke machine credentials', () => {
  // fails without: cannotRedirect in the outcome table
  it('a caller that cannot redirect gets a defined answer', async () => {
    const { effectOf, outcomeTable } = await import('../../../core/index.ts');
    const { answer } = await world.stepward.track({ ...usual, userId: ann.userId, context: { flow: 'direct', canRedirect: false } });
    expect(answer.state).toBe('CHALLENGE_REQUIRED');
    expect(effectOf('CHALLENGE_REQUIRED', { canRedirect: false })).toBe('deny');
    expect(outcomeTable.CHALLENGE_REQUIRED.error).toBe('interaction_required');
  });
});
