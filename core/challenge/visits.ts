import { base64url } from '../base64url.ts';
import { StepwardError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { isOwnReturn } from '../redirect.ts';
import type { Ports } from '../settings.ts';
import { applicationNameOf } from '../theme/theme.ts';
import { instanceOf, mintToken, ticketOf } from '../tokens.ts';
import type { BrowserRequest, Leaving, View, VisitAnswer, VisitCommand, Visits } from '../visit-view.ts';
import { challengeLogged } from '../webhooks/challenge-log.ts';
import { admit, returnUrlOf, sentOf } from './admission.ts';
import { type AnswerResult, answerCeremony } from './answer.ts';
import { bindVisit } from './bind-visit.ts';
import { usableUntil } from './consume.ts';
import { giveDevice } from './give-device.ts';
import { moveVisit, windowKeyOf } from './move-visit.ts';
import { changeSettings, type SettingsResult } from './settings.ts';
import { openCeremony, type Situation, settingsUntil, standing } from './standing.ts';
import { startCeremony } from './start-ceremony.ts';
import { transition } from './transitions.ts';
import { viewOf } from './view.ts';

const neutral: VisitAnswer = { view: { page: 'neutral' } };

/** The hosted page's use cases. A browser that the visit does not belong to learns nothing and spends nothing. */
export const createVisits = (ports: Ports): Visits => {
  const browserHash = (cookie: string): string => ports.secrets.hash('browser', cookie);

  const find = async (request: BrowserRequest): Promise<Situation | undefined> => {
    const instanceId = instanceOf(ports, request.c);
    const ref = instanceId === undefined ? undefined : await ports.store.locate(instanceId);
    if (!ref) return undefined;
    const [set, instance, user] = await Promise.all([ports.policies.fresh(), ports.store.instance(ref), ports.store.user(ref.userId)]);
    if (!instance || !user || instance.challengedByHost) return undefined;
    return { ports, set, user, instance, forceEnrollment: request.forceEnrollment, lang: request.lang, now: ports.clock.now() };
  };

  const belongs = ({ instance: { visit } }: Situation, request: BrowserRequest): boolean =>
    visit.browserHash !== undefined &&
    request.browser !== undefined &&
    visit.browserHash === browserHash(request.browser) &&
    visit.mode === request.mode;

  /** The situation of a browser that the visit belongs to. */
  const own = async (request: BrowserRequest): Promise<Situation | undefined> => {
    const situation = await find(request);
    return situation && belongs(situation, request) ? situation : undefined;
  };

  const show = async (request: BrowserRequest, rest: Omit<VisitAnswer, 'view'> = {}): Promise<VisitAnswer> => {
    const situation = await own(request);
    return situation ? { ...shown(situation), ...rest } : neutral;
  };

  /** Ties the visit to this browser, whose cookie is made where it has none. */
  const bindTo = async (situation: Situation, request: BrowserRequest, sealed: Parameters<typeof bindVisit>[3]): Promise<VisitAnswer> => {
    const browser = request.browser ?? base64url(ports.random.bytes(16));
    const { setDevice, bound } = await bindVisit(situation, request, browserHash(browser), sealed);
    if (!bound) return neutral;
    return show({ ...request, browser }, { ...(request.browser === undefined && { setBrowser: browser }), setDevice });
  };

  return {
    open: async (request, binds) => {
      const situation = await find(request);
      if (!situation || situation.instance.consumedAt !== undefined) return neutral;
      if (situation.instance.visit.browserHash !== undefined)
        return belongs(situation, request) ? withUnsent(shown(situation), situation) : neutral;
      if (!binds) return neutral;
      const admission = await admit(situation, request);
      if (admission.kind === 'refused') return { ...neutral, notAdmitted: admission.reason };
      return bindTo(situation, request, { state: admission.sealedState });
    },

    enter: async (request, returnUrl) => {
      if (!isOwnReturn(returnUrl, ports.settings.publicUrl))
        throw new StepwardError('redirect_not_allowed', 'a visit is entered to return below `/oidc/interaction/` of STEPWARD_PUBLIC_URL');
      const situation = await find(request);
      // without a binding its outcome would leave in a token, and a frame or a window tells whoever shows it
      if (situation?.instance.bindingHash === undefined || request.mode !== 'redirect') return neutral;
      return bindTo(situation, request, { redirect: ports.secrets.seal(`redirect:${situation.instance.instanceId}`, returnUrl) });
    },

    act: async (request, command) => {
      const situation = await own(request);
      if (!situation || situation.instance.consumedAt !== undefined) return neutral;
      const result = await perform(situation, command);
      const setDevice = result.finished ? await giveDevice(situation, request.device) : undefined;
      return show(request, { error: result.error, changed: result.changed, setDevice });
    },

    moveToWindow: async (request, key) => {
      const situation = await find(request);
      if (!situation || situation.instance.consumedAt !== undefined || request.mode !== 'window') return neutral;
      const browser = request.browser ?? base64url(ports.random.bytes(16));
      if (!(await moveVisit(situation, request, browserHash(browser), key))) return neutral;
      return show({ ...request, browser }, request.browser === undefined ? { setBrowser: browser } : {});
    },

    waiting: async (request, challengeId) => {
      const situation = await own(request);
      if (!situation) return 'over';
      const at = standing(situation);
      if (at.kind !== 'ceremony' || at.ceremony.challengeId !== challengeId || at.ceremony.expiresAt <= situation.now) return 'over';
      return ports.methods.get(at.ceremony.method)?.link?.pressedBy(at.ceremony.kept) === undefined ? 'waiting' : 'pressed-elsewhere';
    },

    leave: async (request) => {
      const situation = await own(request);
      return situation && leaving(situation);
    },
  };
};

const over: readonly View['page'][] = ['blocked', 'review', 'expired', 'leave'];

const shown = (situation: Situation): VisitAnswer => {
  const view = viewOf(situation);
  const { ports, instance } = situation;
  return {
    view,
    windowKey: over.includes(view.page) ? undefined : windowKeyOf(ports, instance),
    ...(instance.visit.sealedState !== undefined && { keepsState: true }),
  };
};

/** A message that could not be sent is told on the page that waits for its code. */
const withUnsent = (answer: VisitAnswer, { instance }: Situation): VisitAnswer =>
  openCeremony(instance)?.unsent ? { ...answer, error: 'not-sent' } : answer;

type Performed = AnswerResult & SettingsResult;

const perform = async (situation: Situation, command: VisitCommand): Promise<Performed> => {
  switch (command.do) {
    case 'choose':
    case 'enroll':
      return startCeremony(situation, command.method, false);
    case 'resend': {
      const open = openCeremony(situation.instance);
      return open ? startCeremony(situation, open.method, true) : { error: 'late' };
    }
    case 'answer': {
      const result = await answerCeremony(situation, command.challengeId, command.response, command.remember === true);
      if (result.error === 'late') await renewTimedOut(situation, command.challengeId);
      return result;
    }
    case 'back':
    case 'skip':
    case 'codes-saved':
    case 'done':
    case 'cancel':
      return change(situation, (instance, now) => changes[command.do]({ ...situation, instance, now }));
    default:
      return changeSettings(situation, command);
  }
};

/** A ceremony whose time is over and that no new message would renew is begun anew: the next answer must have something to answer. */
const renewTimedOut = async (situation: Situation, challengeId: string): Promise<void> => {
  const at = standing(situation);
  if (at.kind !== 'ceremony' || at.ceremony.challengeId !== challengeId) return;
  if (at.ceremony.sentAt === undefined && at.ceremony.expiresAt <= situation.now) await startCeremony(situation, at.ceremony.method, false);
};

/** What a person does without proving anything; undefined: nothing to do as things stand. */
const changes: Readonly<
  Record<'back' | 'skip' | 'codes-saved' | 'done' | 'cancel', (situation: Situation) => Partial<Instance> | undefined>
> = {
  back: () => ({ openChallengeId: undefined }),
  skip: (situation) => {
    const at = standing({ ...situation, instance: { ...situation.instance, openChallengeId: undefined } });
    const optional =
      situation.instance.state !== 'CHALLENGE_REQUIRED' && (at.kind === 'enroll' || at.kind === 'prove-contact' || at.kind === 'choose');
    return optional ? { enrollmentAnswered: true, openChallengeId: undefined } : undefined;
  },
  'codes-saved': ({ instance }) => (instance.sealedRecoveryCodes === undefined ? undefined : { sealedRecoveryCodes: undefined }),
  done: (situation) => (settingsUntil(situation) === undefined ? undefined : { settingsClosed: true, openChallengeId: undefined }),
  cancel: ({ instance, now }) => {
    const state = now < instance.expiresAt ? transition(instance.state, 'cancelled') : undefined;
    // neither an ALLOW nor a proof is lost by leaving an optional page
    const optional = instance.state === 'ALLOW' || instance.state === 'CHALLENGE_SUCCEEDED';
    if (!state) return optional ? { enrollmentAnswered: true, settingsClosed: true, openChallengeId: undefined } : undefined;
    return {
      state,
      stateUpdatedAt: now,
      finishedAt: now,
      failureReason: 'cancelled',
      openChallengeId: undefined,
      timeline: [...instance.timeline, { at: now, event: 'cancelled' }],
    };
  },
};

const change = async (
  { ports, set, instance: { userId, action, idempotencyKey }, now }: Situation,
  decide: (instance: Instance, now: number) => Partial<Instance> | undefined,
) => {
  await ports.store.transact({
    userId,
    load: { instance: { action, idempotencyKey } },
    run: ({ instance }) => {
      const partial = instance && decide(instance, now);
      if (!partial) return { answer: undefined };
      const after = { ...instance, ...partial };
      const cancelled = after.state !== instance.state && after.failureReason === 'cancelled';
      return {
        answer: undefined,
        changes: { instances: [after], events: cancelled ? challengeLogged(set, after, 'CHALLENGE_CANCELLED', now) : [] },
      };
    },
  });
  return {};
};

const leaving = (situation: Situation): Leaving | undefined => {
  const { ports, set, instance, now } = situation;
  const at = standing(situation);
  if (at.kind !== 'leave' && at.kind !== 'blocked' && at.kind !== 'review' && at.kind !== 'expired') return undefined;
  const isUsable = now < usableUntil(set, instance, now);
  // a challenge that was met elsewhere is the success of who met it there
  const succeeded = instance.state === 'CHALLENGE_SUCCEEDED' && instance.proof?.onPage === true && isUsable;
  // what the page let through is used by this browser or not at all
  const letThrough = instance.deferredDecision !== undefined && (instance.state === 'ALLOW' || instance.state === 'REVIEW_SUCCEEDED');
  const ticket = succeeded || (letThrough && isUsable) ? ticketOf(ports, instance) : undefined;
  if (instance.consumedAt !== undefined && !succeeded && !ticket) return undefined;
  const base = {
    applicationName: applicationNameOf(set),
    result: succeeded || instance.settingsClosed || instance.state === 'ALLOW' ? ('succeeded' as const) : ('not-succeeded' as const),
  };
  const minutes = set.tenant.tokenDurationInMinutes;
  if (instance.visit.mode !== 'redirect')
    return { ...base, message: succeeded ? { token: mintToken(ports, 'proof', instance, minutes, now) } : { token: ticket } };
  const url = returnUrlOf(ports, instance);
  if (url === undefined) return base;
  const sent = sentOf(ports, instance);
  if (instance.bindingHash !== undefined || sent)
    return { ...base, target: { url, ...(ticket !== undefined && { ticket }), ...(sent && { sent }) } };
  return {
    ...base,
    target: {
      url,
      token: mintToken(ports, 'return', succeeded ? instance : { ...instance, proof: undefined }, minutes, now),
    },
  };
};
