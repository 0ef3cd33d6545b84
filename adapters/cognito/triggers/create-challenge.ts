import { randomBytes, randomUUID } from 'node:crypto';
import type { Answer } from '../../client/short-call.ts';
import { bindingOf } from './binding.ts';
import { type Core, createCore } from './core.ts';
import type { CreateSettings } from './core-settings.ts';
import { type Asking, decide, refuse } from './decide.ts';
import type { CreateResponse, Handler } from './event.ts';
import { type Kept, written } from './private-parameters.ts';
import { Refusal } from './refusal.ts';
import { challengeMetadata } from './session-vector.ts';
import { isUnknownUser, subjectOf } from './subject.ts';
import { createTrigger, type Ending } from './trigger.ts';
import { text } from './values.ts';

const random = (): string => randomBytes(16).toString('base64url');

/**
 * CreateAuthChallenge: one decision for each round. Its keys are random, never made of the event: two sign-ins of one user at a time have
 * the same.
 */
export const createCreate = (settings: CreateSettings, core: Core = createCore(settings)): Handler =>
  createTrigger('create', /^CreateAuthChallenge_Authentication$/, settings, (given) => {
    const { request } = given.event;
    // an unknown user comes no further than the password
    if (request.challengeName !== 'CUSTOM_CHALLENGE' || isUnknownUser(request)) throw new Refusal('unavailable', { ref: 'event' });
    return begin({ ...given, core });
  });

const begin = async (asking: Asking<CreateSettings>): Promise<Ending> => {
  const { event, settings, note } = asking;
  const { userPoolId, callerContext } = event;
  const { action } = settings;
  const { clientId } = callerContext;
  const returnUrl = settings.returnUrls.get(clientId);
  if (returnUrl === undefined) throw new Refusal('unavailable', { ref: 'client' });
  const sub = subjectOf(event);
  const [key, consumeKey, nonce] = [randomUUID(), random(), random()];
  note.instance = key;
  const decided = await decide(asking, action, key, {
    binding: bindingOf({ userPoolId, clientId, sub, action, key, nonce }),
    redirectUrl: returnUrl === 'popup' ? undefined : returnUrl,
    context: {
      flow: 'interactive',
      canRedirect: true,
      authenticationMethods: [{ method: 'pwd' }],
      deferSignals: settings.defers ? true : undefined,
    },
  });
  switch (decided.effect) {
    case 'undecided':
      return { response: nothingAsked({ state: 'ALLOW', key, sub, degraded: true }), outcome: 'undecided-allow' };
    case 'proceed':
      return { response: nothingAsked({ state: 'ALLOW', key, sub }), outcome: 'allowed' };
    case 'step-up':
      return {
        response: asked(decided.answer, { state: 'CHALLENGE_REQUIRED', key, consumeKey, nonce, action, sub }),
        outcome: 'challenge',
      };
    default:
      return refuse(decided.effect, decided.state, key);
  }
};

const nothingAsked = (kept: Kept): CreateResponse => ({
  publicChallengeParameters: { stepward: '1', mode: 'none' },
  privateChallengeParameters: written(kept),
  challengeMetadata,
});

const asked = ({ url, expiresAt }: Answer, kept: Kept): CreateResponse => {
  const page = text(url, 2048);
  const until = text(expiresAt, 64);
  if (!page || !/^https?:$/.test(URL.canParse(page) ? new URL(page).protocol : '') || !until)
    throw new Refusal('unavailable', { ref: kept.key, outcome: 'malformed' });
  return {
    publicChallengeParameters: { stepward: '1', mode: 'challenge', url: page, expiresAt: until },
    privateChallengeParameters: written(kept),
    challengeMetadata,
  };
};
