import {
  type ClientAnswer,
  type ClientApi,
  createStepward,
  type Instance,
  type Outcome,
  type State,
  type User,
} from '../../../core/index.ts';
import { appCode, otherCode } from '../../support/client-api.ts';
import { createWorld, usual, type World } from '../../support/stepward.ts';
import { emailOf } from '../../support/use-cases.ts';
import { createMemoryStore, instanceKey, type Snapshot } from './memory-store.ts';

/** Whom the instance is of. */
export const people = ['with nothing', 'with an address', 'with an app and an address'] as const;
export type Who = (typeof people)[number];

/** Every call of the client API with every token that was ever answered, beside the page, the host, an operator and time. */
export const clientMoves = [
  'the first token',
  'the newest token',
  'init',
  'list',
  'remove the first',
  'send a code',
  'type it',
  'type another',
  'enroll my address',
  'enroll the vouched address',
  'enroll an app',
  'its code',
  'another code',
  'a recovery code',
  'another recovery code',
  'passkey options',
  'a credential of nobody',
  'registration options',
  'a registration of nobody',
  'page: open',
  'page: choose mail',
  'page: type it',
  'page: cancel',
  'host: validate',
  'host: consume',
  'host: track again',
  'operator: review',
  'operator: approve',
  'operator: fail',
  'operator: block',
  'operator: reset',
  'a minute',
  'ten minutes',
] as const;
export type ClientMove = (typeof clientMoves)[number];

/** Moves that show something which only the person has. */
export const proving: ReadonlySet<ClientMove> = new Set(['type it', 'its code', 'a recovery code', 'page: type it']);

export type ClientStep = {
  readonly before: Instance;
  readonly after: Instance;
  readonly userBefore: User;
  readonly userAfter: User;
  readonly now: number;
  /** The token that a client call was made with. */
  readonly token: string;
  /** What the caller heard, where it was an answer. */
  readonly answer?: ClientAnswer;
  readonly validated?: boolean;
};

const userId = 'explored';
const action = 'pay';
const key = { userId, action, idempotencyKey: 'the-key' };
const typed = 'thief@example.net';

/** The real use cases over a store in memory. */
export const createClientMachine = async () => {
  const world: World = await createWorld();
  const mails = world.mails;
  let now = world.now();
  let { revision } = await world.policies.fresh();
  const memory = createMemoryStore(world.store, () => revision);
  const stepward = createStepward({ ...world.ports, store: memory.store, clock: { now: () => now }, observe: () => undefined });
  const api: ClientApi = stepward.client;
  const clock = { now: () => now };

  let held: string[] = [];
  let present = '';
  let url = '';
  let secret = '';
  let pending = '';
  let codes: readonly string[] = [];
  const caller = () => api.authenticate(present, { ipAddress: usual.ipAddress, userAgent: usual.userAgent });
  const inMail = /: (\d{6})$/m;
  const newest = (): string => inMail.exec(mails.findLast(({ text }) => inMail.test(text))?.text ?? '')?.[1] ?? '000000';
  const c = () => new URL(url).searchParams.get('c') ?? '';
  const visit = () => ({ c: c(), browser: 'a-browser', mode: 'redirect', forceEnrollment: false }) as const;
  const appNow = () => appCode(clock, pending || secret || 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
  const operator = (state: State) => stepward.updateAction(key, { state, reviewer: 'op' });
  const instanceAt = (): Instance => {
    const found = memory.save().instances.get(instanceKey(userId, action, key.idempotencyKey));
    if (!found) throw new Error('no instance');
    return found;
  };
  const userAt = (): User => {
    const found = memory.save().users.get(userId);
    if (!found) throw new Error('no user');
    return found;
  };

  const acts: Readonly<Record<ClientMove, () => Promise<unknown>>> = {
    'the first token': async () => {
      present = held[0] ?? '';
    },
    'the newest token': async () => {
      present = held.at(-1) ?? '';
    },
    init: async () => api.init(await caller(), present),
    list: async () => api.listAuthenticators(await caller()),
    'remove the first': async () => api.removeAuthenticator(await caller(), userAt().authenticators[0]?.userAuthenticatorId ?? ''),
    'send a code': async () => api.sendEmail(await caller(), 'EMAIL_OTP'),
    'type it': async () => api.verifyCode(await caller(), 'EMAIL_OTP', newest()),
    'type another': async () => api.verifyCode(await caller(), 'EMAIL_OTP', otherCode(newest())),
    'enroll my address': async () => api.enrollEmail(await caller(), 'EMAIL_OTP', typed),
    'enroll the vouched address': async () => api.enrollEmail(await caller(), 'EMAIL_OTP', emailOf(userId)),
    'enroll an app': async () => {
      const enrolling = await api.enrollApp(await caller());
      pending = String(enrolling.secret);
      return enrolling;
    },
    'its code': async () => {
      const verified = await api.verifyCode(await caller(), 'AUTHENTICATOR_APP', appNow());
      if (verified.userAuthenticator) secret = pending;
      if (verified.isVerified) pending = '';
      return verified;
    },
    'another code': async () => api.verifyCode(await caller(), 'AUTHENTICATOR_APP', otherCode(appNow())),
    'a recovery code': async () => api.verifyCode(await caller(), 'RECOVERY_CODE', codes[0] ?? 'AAAA-AAAA-AAAA-AAAA'),
    'another recovery code': async () => api.verifyCode(await caller(), 'RECOVERY_CODE', 'AAAA-AAAA-AAAA-AAAA'),
    'passkey options': async () => api.authenticationOptions(await caller(), 'PASSKEY', {}),
    'a credential of nobody': async () => api.verifyCredential(await caller(), 'PASSKEY', { credential: { id: 'bm9ib2R5' } }),
    'registration options': async () => api.registrationOptions(await caller(), 'PASSKEY', {}),
    'a registration of nobody': async () => api.addCredential(await caller(), 'PASSKEY', { credential: { id: 'bm9ib2R5' } }),
    'page: open': () => stepward.visits.open(visit(), true),
    'page: choose mail': () => stepward.visits.act(visit(), { do: 'choose', method: 'EMAIL_OTP' }),
    'page: type it': () =>
      stepward.visits.act(visit(), { do: 'answer', challengeId: instanceAt().openChallengeId ?? '', response: newest() }),
    'page: cancel': () => stepward.visits.act(visit(), { do: 'cancel' }),
    'host: validate': () => stepward.validate({ token: present }),
    'host: consume': () => stepward.consume(key, {}),
    'host: track again': () => stepward.track({ ...usual, ...key, scope: 'read:authenticators add:authenticators remove:authenticators' }),
    'operator: review': () => operator('REVIEW_REQUIRED'),
    'operator: approve': () => operator('REVIEW_SUCCEEDED'),
    'operator: fail': () => operator('CHALLENGE_FAILED'),
    'operator: block': () => operator('BLOCK'),
    'operator: reset': () => stepward.resetUser(userId, { reason: 'lost', waitSeconds: 120, actor: 'op' }),
    'a minute': async () => {
      now += 60_000;
    },
    'ten minutes': async () => {
      now += 600_000;
    },
  };

  return {
    action,
    /** A new instance of such a person whose decision has this outcome. */
    begin: async (who: Who, outcome: Outcome, settings: Readonly<Record<string, unknown>>): Promise<void> => {
      await world.configure(action, {
        verificationMethods: undefined,
        enrollment: 'verified-contact',
        ...settings,
        defaultUserActionResult: outcome,
      });
      await world.configure('first', { defaultUserActionResult: 'CHALLENGE', enrollment: 'allow' });
      ({ revision } = await world.policies.fresh());
      memory.restore({ users: new Map(), instances: new Map(), records: new Map() } satisfies Snapshot);
      now += 86_400_000;
      [secret, pending, codes] = ['', '', []];
      await stepward.updateUser(userId, { email: emailOf(userId), emailVerified: true });
      if (who !== 'with nothing') {
        const made = await stepward.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email: emailOf(userId) });
        codes = made.recoveryCodes as readonly string[];
      }
      if (who === 'with an app and an address') {
        const first = await stepward.track({ ...usual, userId, action: 'first' });
        const page = () => api.authenticate(held.at(-1) ?? '', {});
        held = [first.answer.token];
        await api.sendEmail(await page(), 'EMAIL_OTP');
        await new Promise((resolve) => setImmediate(resolve));
        held.push(String((await api.verifyCode(await page(), 'EMAIL_OTP', newest())).accessToken));
        secret = String((await api.enrollApp(await page())).secret);
        await api.verifyCode(await page(), 'AUTHENTICATOR_APP', appNow());
      }
      now += 86_400_000;
      const { answer } = await stepward.track({ ...usual, ...key, scope: 'read:authenticators add:authenticators remove:authenticators' });
      [held, present, url] = [[answer.token], answer.token, answer.url];
    },
    step: async (move: ClientMove): Promise<ClientStep> => {
      const [before, userBefore, token] = [instanceAt(), userAt(), present];
      const answer = (await acts[move]().catch((error: unknown) => {
        if (typeof error === 'object' && error !== null && 'code' in error && error.code !== 'internal_error') return undefined;
        throw error;
      })) as ClientAnswer | undefined;
      // what runs after an answer: messages
      await new Promise((resolve) => setImmediate(resolve));
      if (typeof answer?.accessToken === 'string') {
        held.push(answer.accessToken);
        present = answer.accessToken;
      }
      return { before, after: instanceAt(), userBefore, userAfter: userAt(), now, token, answer, validated: answer?.isValid === true };
    },
    end: () => world.end(),
  };
};
