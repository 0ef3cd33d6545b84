import {
  type Ceremony,
  createStepward,
  type Instance,
  type Outcome,
  type State,
  type Stepward,
  type TrackRequest,
} from '../../../core/index.ts';
import { createWorld, usual, type World } from '../../support/stepward.ts';
import { createMemoryStore, instanceKey, type Snapshot } from './memory-store.ts';
import { appCode, enrolled, otherCode, withEmail } from './people.ts';

/** All that anybody can do to one action instance: its person, a stranger, the host, an operator, time. */
export const moves = [
  'open',
  'open elsewhere',
  'choose app',
  'choose recovery',
  'have a link sent',
  'answer rightly by pressing the link',
  'press the link elsewhere',
  'answer rightly',
  'choose app to enroll more',
  'answer rightly to enroll more',
  'answer wrongly',
  'answer with a spent code',
  'back',
  'skip',
  'cancel',
  'track again',
  'consume with the ticket',
  'consume without',
  'validate',
  'operator: review',
  'operator: approve',
  'operator: refuse',
  'operator: fail',
  'operator: block',
  'operator: allow',
  'operator: succeed',
  'time passes',
] as const;
export type Move = (typeof moves)[number];

/** What one move did, as the host or the person saw it. */
export type Step = { readonly before: Instance; readonly after: Instance; readonly refused: boolean; readonly proceeded: boolean };

export type Point = { readonly stored: Snapshot; readonly now: number };

const browser = { browser: 'the-one', ipAddress: '203.0.113.9', mode: 'redirect', forceEnrollment: false } as const;
const binding = 'login';
const userId = 'explored';
const action = 'signIn';

export type Machine = {
  readonly world: World;
  /** A new instance whose decision has this outcome; `second`: the host cannot see the browser, and the page decides so. */
  begin(outcome: Outcome, second?: Outcome): Promise<Point>;
  at(point: Point): Instance;
  step(from: Point, move: Move): Promise<{ readonly to: Point; readonly step: Step }>;
  end(): Promise<void>;
};

/** The real use cases over a store in memory, so that every state can be come back to. */
export const createMachine = async (): Promise<Machine> => {
  const world = await createWorld();
  const person = await enrolled(world, userId);
  await withEmail(world, person, 'EMAIL_MAGIC_LINK');
  await world.configure(action, { maxChallenges: 1, challengeExpiresIn: 600, consumeWithin: 900 });
  const known = await world.store.user(userId);
  if (!known) throw new Error('not enrolled');
  let now = world.now();
  const memory = createMemoryStore(world.store, () => revision);
  let { revision } = await world.policies.fresh();
  const ports = { ...world.ports, store: memory.store, clock: { now: () => now }, observe: () => undefined };
  const stepward: Stepward = createStepward(ports);
  const key = { userId, action, idempotencyKey: 'the-key' };
  const at = ({ stored }: Point): Instance => {
    const found = stored.instances.get(instanceKey(key.userId, key.action, key.idempotencyKey));
    if (!found) throw new Error('no instance');
    return found;
  };
  let request: TrackRequest = { ...usual, ...key };
  let bound: { readonly binding?: string } = {};
  let c = '';
  const visit = (more: object = {}) => ({ c, ...browser, ...more });
  const leave = async () => (await stepward.visits.leave(visit()))?.target;
  const openId = () => at({ stored: memory.save(), now }).openChallengeId ?? 'none';
  const answer = async (response: string, more = {}) =>
    (await stepward.visits.act(visit(more), { do: 'answer', challengeId: openId(), response })).error === undefined;
  /** The link that each ceremony sent last, by what the ceremony keeps of it. */
  const links = new Map<string, string>();
  const tokenOf = ({ kept }: Ceremony): string => (kept as { readonly tokenHash?: string }).tokenHash ?? '';
  const ceremonies = (): readonly Ceremony[] => at({ stored: memory.save(), now }).ceremonies;
  const lastLink = (): string => {
    const sent = ceremonies().findLast(({ method }) => method === 'EMAIL_MAGIC_LINK');
    return (sent && links.get(tokenOf(sent))) ?? 'none';
  };
  const press = async (by: string) => (await stepward.links.press({ l: lastLink(), browser: by }, false)).view.page;
  /** The present code; where a recovery code is asked for, one of the ten; where a link was sent, what another browser shows. */
  const rightAnswer = async (): Promise<string | undefined> => {
    const open = ceremonies().find(({ challengeId }) => challengeId === openId());
    if (open?.method === 'RECOVERY_CODE') return person.recoveryCodes[0] ?? '';
    if (open?.method !== 'EMAIL_MAGIC_LINK') return appCode(person.secret, now);
    const { view } = await stepward.links.open({ l: lastLink(), browser: 'elsewhere' });
    return view.page === 'link-code' ? view.code : undefined;
  };
  /** Where there is none yet, nothing is typed. */
  const answerRightly = async (more = {}): Promise<boolean> => {
    const right = await rightAnswer();
    return right !== undefined && answer(right, more);
  };
  const operator = async (state: State): Promise<boolean> => Boolean(await stepward.updateAction(key, { state, reviewer: 'op' }));
  const choose = async (method: 'AUTHENTICATOR_APP' | 'RECOVERY_CODE' | 'EMAIL_MAGIC_LINK', more = {}) =>
    (await stepward.visits.act(visit(more), { do: 'choose', method })).view.page === 'ceremony';
  const does = async (what: 'back' | 'skip' | 'cancel') => (await stepward.visits.act(visit(), { do: what })).view.page !== 'neutral';

  /** Each answers whether it was taken; only what a host may act on counts as proceeding. */
  const acts: Readonly<Record<Move, () => Promise<boolean | 'proceeded'>>> = {
    open: async () => (await stepward.visits.open(visit(), true)).view.page !== 'neutral',
    'open elsewhere': async () => (await stepward.visits.open(visit({ browser: 'another' }), true)).view.page !== 'neutral',
    'choose app': () => choose('AUTHENTICATOR_APP'),
    'choose recovery': () => choose('RECOVERY_CODE'),
    'have a link sent': async () => {
      const isSent = await choose('EMAIL_MAGIC_LINK');
      const sent = ceremonies().findLast(({ method }) => method === 'EMAIL_MAGIC_LINK');
      if (sent && !links.has(tokenOf(sent))) links.set(tokenOf(sent), world.linkTo(person.email));
      return isSent;
    },
    'answer rightly by pressing the link': async () => (await press(browser.browser)) === 'link-done',
    'press the link elsewhere': async () => (await press('elsewhere')) === 'link-code',
    'answer rightly': () => answerRightly(),
    'choose app to enroll more': () => choose('AUTHENTICATOR_APP', { forceEnrollment: true }),
    'answer rightly to enroll more': () => answerRightly({ forceEnrollment: true }),
    'answer wrongly': () => answer(otherCode(appCode(person.secret, now))),
    'answer with a spent code': () => answer(appCode(person.secret, now - 90_000)),
    back: () => does('back'),
    skip: () => does('skip'),
    cancel: () => does('cancel'),
    'track again': async () => {
      const { state } = (await stepward.track(request)).answer;
      return state === 'ALLOW' ? 'proceeded' : true;
    },
    'consume with the ticket': async () => {
      const { token, ticket } = (await leave()) ?? {};
      await stepward.consume(key, { token, ticket, ...bound });
      return 'proceeded';
    },
    'consume without': async () => {
      await stepward.consume(key, bound);
      return 'proceeded';
    },
    validate: async () => {
      const { token } = (await leave()) ?? {};
      return token !== undefined && (await stepward.validate({ token })).isValid ? 'proceeded' : false;
    },
    'operator: review': () => operator('REVIEW_REQUIRED'),
    'operator: approve': () => operator('REVIEW_SUCCEEDED'),
    'operator: refuse': () => operator('REVIEW_FAILED'),
    'operator: fail': () => operator('CHALLENGE_FAILED'),
    'operator: block': () => operator('BLOCK'),
    'operator: allow': () => operator('ALLOW'),
    'operator: succeed': () => operator('CHALLENGE_SUCCEEDED'),
    'time passes': async () => {
      now += 601_000;
      return true;
    },
  };

  const go = (point: Point): void => {
    memory.restore(point.stored);
    now = point.now;
  };

  return {
    world,
    begin: async (outcome, second) => {
      const unseen = { redirectUrl: usual.redirectUrl };
      const address = { ipIn: [{ var: 'ip.address' }, [browser.ipAddress]] };
      await world.configure(action, { defaultUserActionResult: outcome }, second ? [{ type: second, conditions: address }] : []);
      request = second ? { ...unseen, ...key, binding, context: { deferSignals: true } } : { ...usual, ...key };
      bound = second ? { binding } : {};
      ({ revision } = await world.policies.fresh());
      go({ stored: { users: new Map([[userId, known]]), instances: new Map(), records: new Map() }, now });
      const { answer: tracked } = await stepward.track(request);
      c = new URL(tracked.url).searchParams.get('c') ?? '';
      return { stored: memory.save(), now };
    },
    at,
    step: async (from, move) => {
      go(from);
      const before = at(from);
      const result = await acts[move]().catch((error: unknown) => {
        if (typeof error === 'object' && error !== null && 'code' in error && error.code !== 'internal_error') return false;
        throw error;
      });
      const to = { stored: memory.save(), now };
      return { to, step: { before, after: at(to), refused: result === false, proceeded: result === 'proceeded' } };
    },
    end: () => world.end(),
  };
};
