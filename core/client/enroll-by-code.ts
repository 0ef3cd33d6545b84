import type { ClientCaller } from '../challenge/caller.ts';
import type { Situation } from '../challenge/standing.ts';
import { type Beginning, begin } from '../challenge/start-ceremony.ts';
import { normaliseEmail } from '../contact.ts';
import { StepwardError } from '../errors.ts';
import type { Ceremony } from '../instance.ts';
import type { Ports } from '../settings.ts';
import { situationOf } from './authenticate.ts';
import { demandStarted, openCeremonyOf, quietFor } from './ceremonies.ts';
import type { ClientAnswer, EmailMethod } from './client-api.ts';
import { demand, toEnroll, toProve } from './permitted.ts';

const enrolling = ({ instance }: Situation, { userAuthenticatorId }: Ceremony): ClientAnswer => ({
  userAuthenticatorId,
  userId: instance.userId,
});

/** Shows a new authenticator app's secret; its first right code enrolls it. */
export const enrollApp = async (ports: Ports, caller: ClientCaller): Promise<ClientAnswer> => {
  const situation = await situationOf(ports, caller);
  const method = 'AUTHENTICATOR_APP';
  const started = await begin(situation, { method, quiet: 0, purposeOf: (now) => demand(toEnroll(now, method)) });
  const ceremony = demandStarted(situation, started);
  return { ...enrolling(situation, ceremony), ...(started.shown as { readonly uri: string; readonly secret: string }) };
};

/** Sends a code or link to an address that it enrolls. */
export const enrollEmail = async (ports: Ports, caller: ClientCaller, method: EmailMethod, address: string): Promise<ClientAnswer> => {
  const situation = await situationOf(ports, caller);
  const email = normaliseEmail(address);
  const isKnown = situation.user.authenticators.some((one) => one.verificationMethod === method && one.email === email && one.verifiedAt);
  const purposeOf = (now: Situation) => demand(toEnroll(now, method, email));
  purposeOf(situation);
  if (isKnown) throw new StepwardError('already_exists', 'this address is enrolled already');
  const ceremony = await send(situation, { method, email, quiet: quietFor, purposeOf });
  return enrolling(situation, ceremony);
};

/** Sends a code or link: to the address being enrolled, or to one that proves. */
export const sendEmail = async (ports: Ports, caller: ClientCaller, method: EmailMethod): Promise<ClientAnswer> => {
  const situation = await situationOf(ports, caller);
  const pending = openCeremonyOf({ method })(situation);
  const email = pending?.purpose === 'enroll' ? pending.destination : undefined;
  const purposeOf = (now: Situation) => demand(email === undefined ? toProve(now, method) : toEnroll(now, method, email));
  const { challengeId } = await send(situation, { method, email, quiet: quietFor, purposeOf });
  return { challengeId };
};

/** A second call that came while the first was sending has its message. */
const send = async (situation: Situation, beginning: Beginning): Promise<Ceremony> => {
  const started = await begin(situation, beginning);
  if (started.error !== 'wait' || !situation.client) return demandStarted(situation, started);
  const again = await situationOf(situation.ports, situation.client);
  const sent = openCeremonyOf({ method: beginning.method })(again);
  const isNew =
    sent !== undefined &&
    !sent.unsent &&
    (sent.sentAt?.at(-1) ?? 0) > again.now - beginning.quiet &&
    sent.destination === (beginning.email ?? sent.destination);
  return isNew ? sent : demandStarted(situation, started);
};
