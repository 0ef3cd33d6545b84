import type { ActionConfiguration, Rule } from './action.ts';
import { methodSuffices } from './policy/assurance.ts';
import { isEmailMethod, type MethodFacts, methodFacts, type VerificationMethod, verificationMethods } from './policy/methods.ts';
import type { PolicySet } from './policy/policies.ts';
import type { TrackRequest } from './request.ts';
import type { Ports } from './settings.ts';
import type { Authenticator, User } from './user.ts';
import { canSendMail } from './webhooks/send-message.ts';

/** Whether this deployment can carry a method now. */
export const carries = (ports: Ports, set: PolicySet, method: VerificationMethod): boolean => {
  const { channel }: MethodFacts = methodFacts[method];
  return ports.methods.has(method) && (channel !== 'email' || canSendMail(ports, set));
};

/** Methods that the tenant has active and this deployment can carry. */
export const activeMethods = (ports: Ports, set: PolicySet): readonly VerificationMethod[] =>
  verificationMethods.filter(
    (method) =>
      carries(ports, set, method) &&
      set.authenticatorConfigurations.get(method)?.isActive !== false &&
      !(method === 'RECOVERY_CODE' && set.tenant.disableRecoveryCodes),
  );

/** Enrolled, verified, of an active method, whether or not an instance permits it; recovery codes alone are none. */
export const usableAuthenticators = (user: User | undefined, active: readonly VerificationMethod[]): readonly Authenticator[] => {
  const usable = (user?.authenticators ?? []).filter((one) => one.verifiedAt !== undefined && active.includes(one.verificationMethod));
  return usable.some((one) => one.verificationMethod !== 'RECOVERY_CODE') ? usable : [];
};

/** The methods of usable authenticators, each once, in the order of the table of methods. */
export const enrolledMethods = (user: User | undefined, active: readonly VerificationMethod[]): readonly VerificationMethod[] => {
  const methods = new Set(usableAuthenticators(user, active).map((one) => one.verificationMethod));
  return verificationMethods.filter((method) => methods.has(method));
};

/** Channels that the host's own first factor used; what opened the login cannot step it up. */
export const firstFactorChannels = (request: TrackRequest): readonly string[] =>
  (request.context?.authenticationMethods ?? []).flatMap(({ channel }) => (channel ? [channel] : []));

/** What may complete an instance, enrolled or not. */
export const permittedMethods = (
  active: readonly VerificationMethod[],
  configuration: ActionConfiguration,
  rule: Rule | undefined,
  request: TrackRequest,
): readonly VerificationMethod[] => {
  const byHost = request.context?.challengedBy === 'host';
  const wanted = rule?.verificationMethods ?? configuration.verificationMethods ?? (byHost ? verificationMethods : active);
  const channels = firstFactorChannels(request);
  const isTransaction = (request.display?.length ?? 0) > 0;
  return verificationMethods.filter((method) => {
    const listed = method === 'RECOVERY_CODE' ? !isTransaction : wanted.includes(method);
    const facts: MethodFacts = methodFacts[method];
    return (
      listed &&
      (byHost || active.includes(method)) &&
      !(facts.channel && channels.includes(facts.channel)) &&
      methodSuffices(method, configuration.minimumAssurance, request.context?.requestedAcr)
    );
  });
};

/** Whether a user who was reset has to wait before anything is enrolled. */
export const isWaiting = (user: User | undefined, now: number): boolean => (user?.enrollNotBefore ?? 0) > now;

/** How a user without a usable authenticator gets one on this instance. */
export type EnrollmentRoute = 'allow' | 'verified-contact' | 'none';

export const enrollmentRoute = (
  user: User | undefined,
  configuration: Pick<ActionConfiguration, 'enrollment'>,
  instance: { readonly firstFactorChannels?: readonly string[]; readonly challengedByHost?: boolean },
  active: readonly VerificationMethod[],
  now: number,
): EnrollmentRoute => {
  if (configuration.enrollment === 'deny' || isWaiting(user, now)) return 'none';
  if (configuration.enrollment === 'allow') return 'allow';
  if (instance.challengedByHost || !user?.vouchedEmail || !active.some(isEmailMethod) || instance.firstFactorChannels?.includes('email'))
    return 'none';
  return 'verified-contact';
};
