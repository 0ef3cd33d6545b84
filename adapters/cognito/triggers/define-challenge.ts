import type { DefineResponse, Handler } from './event.ts';
import { type Next, nextAfter } from './session-vector.ts';
import type { DefineSettings } from './settings.ts';
import { isUnknownUser } from './subject.ts';
import { createTrigger } from './trigger.ts';

const answers = {
  password: { challengeName: 'PASSWORD_VERIFIER', issueTokens: false, failAuthentication: false },
  challenge: { challengeName: 'CUSTOM_CHALLENGE', issueTokens: false, failAuthentication: false },
  tokens: { issueTokens: true, failAuthentication: false },
  fail: { issueTokens: false, failAuthentication: true },
} as const satisfies Record<Next, DefineResponse>;

/** DefineAuthChallenge: what comes next, from the history of the sign-in alone. It calls nobody, so it cannot be late. */
export const createDefine = (settings: DefineSettings): Handler =>
  createTrigger('define', /^DefineAuthChallenge_Authentication$/, settings, ({ event }) => {
    const { request, callerContext } = event;
    const next = settings.clients.has(callerContext.clientId) ? nextAfter(request.session, settings) : 'fail';
    // an unknown user is led the same way, and never in
    const outcome = next === 'tokens' && isUnknownUser(request) ? 'fail' : next;
    return { response: answers[outcome], outcome };
  });
