import { consume } from './challenge/consume.ts';
import { claimServerChallenge, trackWithChallenge } from './challenge/hand-over.ts';
import { createLinks } from './challenge/links.ts';
import { reportNotMe } from './challenge/report.ts';
import { updateAction } from './challenge/review.ts';
import { getServerChallenge, startServerChallenge } from './challenge/server-challenge.ts';
import { validate } from './challenge/validate.ts';
import { verifyServerChallenge } from './challenge/verify-server-challenge.ts';
import { createVisits } from './challenge/visits.ts';
import { createClientApi } from './client/create-client-api.ts';
import * as devices from './devices.ts';
import { importPasskeys } from './import-passkeys.ts';
import { explain, getAction, queryUserActions } from './read-models.ts';
import { createSession } from './sessions/open-session.ts';
import { refreshSession } from './sessions/refresh-session.ts';
import { revokeSession, revokeUserSessions } from './sessions/revoke-session.ts';
import { validateSession } from './sessions/validate-session.ts';
import type { Ports } from './settings.ts';
import type { Stepward } from './stepward.ts';
import { track } from './track.ts';
import * as users from './users.ts';

/** The decision point over these ports. */
export const createStepward = (ports: Ports): Stepward => ({
  track: async (request) => {
    const { answer, replayed } = request.challengeId === undefined ? await track(ports, request) : await trackWithChallenge(ports, request);
    return { answer, replayed };
  },
  validate: (request) => validate(ports, request),
  consume: (ref, request) => consume(ports, ref, request),
  getAction: (ref) => getAction(ports, ref),
  updateAction: (ref, change) => updateAction(ports, ref, change),
  explain: (ref) => explain(ports, ref),
  queryUserActions: (userId, query) => queryUserActions(ports, userId, query),
  getUser: (userId) => users.getUser(ports, userId),
  queryUsers: (query) => users.queryUsers(ports, query),
  updateUser: (userId, attributes) => users.updateUser(ports, userId, attributes),
  deleteUser: (userId) => users.deleteUser(ports, userId),
  getAuthenticators: (userId) => users.getAuthenticators(ports, userId),
  enrollVerified: (userId, request) => users.enrollVerified(ports, userId, request),
  deleteAuthenticator: (userId, id) => users.deleteAuthenticator(ports, userId, id),
  importPasskeys: (entries) => importPasskeys(ports, entries),
  getDevices: (userId) => devices.getDevices(ports, userId),
  updateDevice: (userId, device, change) => devices.updateDevice(ports, userId, device, change),
  invalidateDevice: (userId, device) => devices.invalidateUserDevice(ports, userId, device),
  resetUser: (userId, request) => users.resetUser(ports, userId, request),
  challenge: (request) => startServerChallenge(ports, request),
  verify: (request) => verifyServerChallenge(ports, request),
  getChallenge: (query) => getServerChallenge(ports, query),
  claim: (request) => claimServerChallenge(ports, request),
  createSession: (request) => createSession(ports, request),
  refreshSession: (request) => refreshSession(ports, request),
  validateSession: (request) => validateSession(ports, request),
  revokeSession: (request) => revokeSession(ports, request),
  revokeUserSessions: (request) => revokeUserSessions(ports, request),
  visits: createVisits(ports),
  client: createClientApi(ports),
  links: createLinks(ports),
  reportNotMe: (r, confirmed) => reportNotMe(ports, r, confirmed),
  jwks: () => ports.signer.jwks(),
});
