import type { ClientCaller } from '../challenge/caller.ts';
import { owed, type Situation } from '../challenge/standing.ts';
import { maskEmail, maskPhone } from '../mask.ts';
import type { VerificationMethod } from '../policy/methods.ts';
import type { Ports } from '../settings.ts';
import { situationOf } from './authenticate.ts';
import type { ClientAnswer } from './client-api.ts';
import { demandOpen, isOffered } from './permitted.ts';

/** Methods by which something can be proven now. */
const provable = (situation: Situation): readonly VerificationMethod[] => {
  if (situation.instance.state === 'CHALLENGE_SUCCEEDED') return [];
  const next = owed(situation);
  const methods = next.kind === 'choose' || next.kind === 'prove-contact' ? next.methods : [];
  return methods.filter((method) => isOffered(situation, method));
};

/** What a custom page needs to ask its question; addresses are masked. */
export const init = async (ports: Ports, caller: ClientCaller, token: string): Promise<ClientAnswer> => {
  const situation = await situationOf(ports, caller);
  demandOpen(situation);
  const { instance, user } = situation;
  const methods = provable(situation);
  const email = user.vouchedEmail ?? user.email;
  const phoneNumber = user.vouchedPhoneNumber ?? user.phoneNumber;
  return {
    challengeOptions: {
      token,
      defaultVerificationMethod: methods.find((method) => method === instance.defaultMethod) ?? methods[0],
      verificationMethods: methods,
      user: { email: email && maskEmail(email), phoneNumber: phoneNumber && maskPhone(phoneNumber) },
    },
  };
};
