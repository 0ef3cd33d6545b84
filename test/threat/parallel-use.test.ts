import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Composed } from '../../adapters/server/compose.ts';
import type { LinkAnswer } from '../../core/index.ts';
import { createBrowser, type World } from '../support/stepward.ts';
import { createDatabases, type Nodes, storeNames } from './support/nodes.ts';
import {
  type Asked,
  appCode,
  ask,
  begin,
  ceremonyOf,
  elsewhere,
  enrolled,
  enrolledPasskey,
  type Person,
  refusal,
  withEmail,
} from './support/people.ts';

const databases = createDatabases();
afterAll(() => databases.stop());
const times = 200;
const long = process.env.STEPWARD_LONG_TESTS === '1';

describe.each(storeNames)('200 at once over two nodes on %s: exactly one succeeds', (name) => {
  let opened: Nodes | undefined;
  let world: World;
  let nodes: readonly [Composed, Composed];
  beforeAll(async () => {
    opened = await databases.nodes(name);
    if (!opened) return;
    ({ world, nodes } = opened);
    await world.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
  });
  afterAll(() => opened?.end());
  beforeEach((context) => {
    if (opened) world.pass(60_000);
    else context.skip(`skipped: no ${name} here`);
  });

  const at = (nth: number): Composed => nodes[nth % 2 ? 1 : 0];

  /** The same answer from the same browser, to both nodes. */
  const submit = async (asked: Asked, challengeId: string, response: unknown) => {
    const answers = await Promise.all(
      Array.from({ length: times }, (_, nth) => elsewhere(at(nth), asked).act(asked.url, { do: 'answer', challengeId, response })),
    );
    return answers.filter(({ error }) => error === undefined).length;
  };

  // fails without: `afterTimeStep` and accept of the authenticator app; the ceremony looked at again under the lock
  it('one code of an authenticator app, to one challenge', async () => {
    const ann = await enrolled(world, 'parallel-app');
    const asked = await ask(world, ann.userId);
    expect(await submit(asked, await begin(asked, 'AUTHENTICATOR_APP'), appCode(ann.secret, world.now()))).toBe(1);
  });

  it('one e-mail code', async () => {
    const ann = await enrolled(world, 'parallel-email');
    await withEmail(world, ann);
    const asked = await ask(world, ann.userId);
    expect(await submit(asked, await begin(asked, 'EMAIL_OTP'), world.codeTo(ann.email))).toBe(1);
  });

  it('one signature of a passkey', async () => {
    const passkey = await enrolledPasskey(world, 'parallel-passkey');
    const asked = await ask(world, 'parallel-passkey');
    const { challengeId, shown } = ceremonyOf(await asked.browser.act(asked.url, { do: 'choose', method: 'PASSKEY' }));
    expect(await submit(asked, challengeId, passkey.get(shown as Parameters<typeof passkey.get>[0]))).toBe(1);
  });

  it('one signature of a security key', async () => {
    const key = await enrolledPasskey(world, 'parallel-key', 'SECURITY_KEY');
    const asked = await ask(world, 'parallel-key');
    const { challengeId, shown } = ceremonyOf(await asked.browser.act(asked.url, { do: 'choose', method: 'SECURITY_KEY' }));
    expect(await submit(asked, challengeId, key.get(shown as Parameters<typeof key.get>[0], { uv: false }))).toBe(1);
  });

  describe('one link by e-mail', () => {
    const asked = async (userId: string) => {
      const ann = await enrolled(world, userId);
      await withEmail(world, ann, 'EMAIL_MAGIC_LINK');
      const visit = await ask(world, userId);
      const challengeId = await begin(visit, 'EMAIL_MAGIC_LINK');
      return { visit, challengeId, l: world.linkTo(ann.email) };
    };
    const pagesOf = (answers: readonly LinkAnswer[], page: LinkAnswer['view']['page']) => answers.filter(({ view }) => view.page === page);

    // fails without: the ceremony looked at again under the lock
    it('pressed in its own browser', async () => {
      const { visit, l } = await asked('parallel-link');
      const answers = await Promise.all(Array.from({ length: times }, (_, nth) => elsewhere(at(nth), visit).press(l)));
      expect(pagesOf(answers, 'link-done')).toHaveLength(1);
      expect(pagesOf(answers, 'neutral')).toHaveLength(times - 1);
    });

    // fails without: who pressed it looked at again under the lock
    it('pressed in as many others: one has a code, and the code counts once', async () => {
      const { visit, challengeId, l } = await asked('parallel-link-elsewhere');
      const others = Array.from({ length: times }, (_, nth) => createBrowser(at(nth)).press(l));
      const shown = pagesOf(await Promise.all(others), 'link-code');
      expect(shown).toHaveLength(1);
      const code = shown[0]?.view.page === 'link-code' ? shown[0].view.code : '';
      expect(await submit(visit, challengeId, code)).toBe(1);
    });

    it('pressed in both: either it is done or one has a code, never both', async () => {
      const { visit, l } = await asked('parallel-link-both');
      const presses = (nth: number) => (nth % 4 < 2 ? elsewhere(at(nth), visit) : createBrowser(at(nth))).press(l);
      const answers = await Promise.all(Array.from({ length: times }, (_, nth) => presses(nth)));
      expect(pagesOf(answers, 'link-done').length + pagesOf(answers, 'link-code').length).toBe(1);
    });
  });

  describe('Keycloak #26106: a recovery code was spent twice by two parallel requests', () => {
    const wide = name === 'SQLite' || long ? times : 30;
    /** One code to a challenge of its own each, in browsers of their own. */
    const spread = async (person: Person, method: 'RECOVERY_CODE' | 'AUTHENTICATOR_APP', response: string) => {
      const all = await Promise.all(Array.from({ length: wide }, (_, nth) => ask(at(nth), person.userId)));
      const challenges = await Promise.all(all.map((asked) => begin(asked, method)));
      const answers = await Promise.all(
        all.map(({ browser, url }, nth) => browser.act(url, { do: 'answer', challengeId: challenges[nth] ?? '', response })),
      );
      return answers.filter(({ error }) => error === undefined).length;
    };

    // fails without: accept of recovery codes inside the transaction
    it('one recovery code, to as many challenges of the same person', async () => {
      const ann = await enrolled(world, 'parallel-recovery');
      expect(await spread(ann, 'RECOVERY_CODE', ann.recoveryCodes[0] ?? '')).toBe(1);
    });

    it('one code of an authenticator app, to as many challenges of the same person', async () => {
      const ann = await enrolled(world, 'parallel-app-spread');
      expect(await spread(ann, 'AUTHENTICATOR_APP', appCode(ann.secret, world.now()))).toBe(1);
    });
  });

  // fails without: `consumedAt` looked at under the lock
  it('consume of one finished challenge, each with a consumeKey of its own or none', async () => {
    const ann = await enrolled(world, 'parallel-consume');
    const asked = await ask(world, ann.userId, { binding: 'login-1' });
    const answered = await asked.browser.act(asked.url, {
      do: 'answer',
      challengeId: await begin(asked, 'AUTHENTICATOR_APP'),
      response: appCode(ann.secret, world.now()),
    });
    expect(answered.error).toBeUndefined();
    const ticket = (await asked.browser.leave(asked.url))?.target?.ticket;
    const ref = { userId: ann.userId, action: 'signIn', idempotencyKey: asked.idempotencyKey };
    const consumed = await Promise.all(
      Array.from({ length: times }, (_, nth) =>
        refusal(at(nth).stepward.consume(ref, { binding: 'login-1', ticket, ...(nth % 3 === 0 && { consumeKey: `key-${nth}` }) })),
      ),
    );
    expect(consumed.filter((how) => how === 'proceeded')).toHaveLength(1);
    expect(new Set(consumed)).toEqual(new Set(['proceeded', 'already_consumed']));
  });

  it('the same consumeKey repeats the one answer and is no second use', async () => {
    await world.configure('open', { defaultUserActionResult: 'ALLOW' });
    const { idempotencyKey } = await ask(world, 'parallel-repeat', { action: 'open' });
    const ref = { userId: 'parallel-repeat', action: 'open', idempotencyKey };
    const answers = await Promise.all(Array.from({ length: times }, (_, nth) => at(nth).stepward.consume(ref, { consumeKey: 'one' })));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    world.pass(60_001);
    expect(await refusal(nodes[1].stepward.consume(ref, { consumeKey: 'one' }))).toBe('already_consumed');
  });

  // fails without: the instance looked for under the lock of its user, before anything is decided
  it('retry storm: a thousand clients with one key get one decision, one event and one message', async () => {
    const ann = await enrolled(world, 'storm');
    const before = (await world.store.instances({ userId: ann.userId, order: 'newest', limit: 50 })).length;
    await world.store.drainOutbox(10_000, () => ({ ruleDays: [] }));
    const request = { userId: ann.userId, action: 'signIn', idempotencyKey: 'storm-1', redirectUrl: 'http://localhost:3000/back' };
    const answers = await Promise.all(
      Array.from({ length: name === 'SQLite' || long ? 1_000 : 300 }, (_, nth) => at(nth).stepward.track(request)),
    );
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(new Set(answers.map(({ answer: { token: _, ...same } }) => JSON.stringify(same))).size).toBe(1);
    expect(await world.store.instances({ userId: ann.userId, order: 'newest', limit: 50 })).toHaveLength(before + 1);
    const events = await world.store.drainOutbox(10_000, () => ({ ruleDays: [] }));
    expect(events.filter(({ type, data }) => type === 'action.log_created' && data.idempotencyKey === 'storm-1')).toHaveLength(1);

    await withEmail(world, ann);
    const mails = world.mails.length;
    const asked = await ask(world, ann.userId);
    const choices = await Promise.all(
      Array.from({ length: 50 }, (_, nth) => elsewhere(at(nth), asked).act(asked.url, { do: 'choose', method: 'EMAIL_OTP' })),
    );
    expect(choices).toHaveLength(50);
    expect(world.mails.length - mails).toBe(1);
  });
});
