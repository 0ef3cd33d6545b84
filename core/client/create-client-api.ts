import type { Ports } from '../settings.ts';
import { anonymousOptions, startChallenge } from './anonymous-start.ts';
import { findPasskey, verifyAnonymous } from './anonymous-verify.ts';
import { authenticate } from './authenticate.ts';
import { listAuthenticators, removeAuthenticator } from './authenticators.ts';
import type { ClientApi } from './client-api.ts';
import { enrollApp, enrollEmail, sendEmail } from './enroll-by-code.ts';
import { finalizeLink } from './finalize-link.ts';
import { init } from './init.ts';
import { verifyCode } from './verify-code.ts';
import { addCredential, authenticationOptions, registrationOptions, verifyCredential } from './webauthn.ts';

/** The client API over these ports. */
export const createClientApi = (ports: Ports): ClientApi => ({
  authenticate: (token, from) => authenticate(ports, token, from),
  init: (caller, token) => init(ports, caller, token),
  removeAuthenticator: (caller, id) => removeAuthenticator(ports, caller, id),
  listAuthenticators: (caller) => listAuthenticators(ports, caller),
  registrationOptions: (caller, method, wishes) => registrationOptions(ports, caller, method, wishes),
  addCredential: (caller, method, answer) => addCredential(ports, caller, method, answer),
  authenticationOptions: (caller, method, tied) => authenticationOptions(ports, caller, method, tied),
  verifyCredential: (caller, method, answer) => verifyCredential(ports, caller, method, answer),
  startChallenge: (start) => startChallenge(ports, start),
  anonymousOptions: (of) => anonymousOptions(ports, of),
  verifyAnonymous: (answer, from) => verifyAnonymous(ports, answer, from),
  findPasskey: (ids) => findPasskey(ports, ids),
  enrollApp: (caller) => enrollApp(ports, caller),
  enrollEmail: (caller, method, email) => enrollEmail(ports, caller, method, email),
  sendEmail: (caller, method) => sendEmail(ports, caller, method),
  finalizeLink: (caller) => finalizeLink(ports, caller),
  verifyCode: (caller, method, code) => verifyCode(ports, caller, method, code),
});
