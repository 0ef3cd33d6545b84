import { authenticatorAnswer } from './authenticator-answer.ts';
import { withoutAuthenticator } from './challenge/factor-change.ts';
import { type NoticeKind, notices } from './challenge/notice.ts';
import { reportUrl } from './challenge/report.ts';
import { deliver, destinationKey } from './challenge/sending.ts';
import { destinationsOf, eraseChallenge } from './challenge/server-challenge.ts';
import { addAuthenticator, factorEvents } from './challenge/succeed.ts';
import { normaliseEmail, normalisePhone, withAttributes } from './contact.ts';
import { activeMethods, carries, enrolledMethods } from './enrolled.ts';
import { StepwardError } from './errors.ts';
import { forgetFactorTrust } from './history.ts';
import { wordsFor } from './messages/words.ts';
import { isEmailMethod, type VerificationMethod } from './policy/methods.ts';
import type { PolicySet } from './policy/policies.ts';
import { readUser } from './read-user.ts';
import type { Ports } from './settings.ts';
import type { UserAttributes } from './stepward.ts';
import { applicationNameOf } from './theme/theme.ts';
import { type Authenticator, newUser, type User } from './user.ts';
import { attributesAnswer } from './user-answer.ts';

/** A user as the wire shows him; the unknown and the known have the same shape. */
const userAnswer = (active: readonly VerificationMethod[], user: User | undefined): Record<string, unknown> => {
  const enrolled = enrolledMethods(user, active);
  return {
    isEnrolled: enrolled.length > 0,
    email: user?.email,
    emailVerified: user?.emailVerified ?? false,
    phoneNumber: user?.phoneNumber,
    phoneNumberVerified: user?.phoneNumberVerified ?? false,
    username: user?.username,
    displayName: user?.displayName,
    locale: user?.locale,
    custom: user?.custom ?? {},
    enrolledVerificationMethods: enrolled,
    allowedVerificationMethods: active,
  };
};

const active = async (ports: Ports) => activeMethods(ports, await ports.policies.current());

export const getUser = async (ports: Ports, userId: string): Promise<Record<string, unknown>> =>
  userAnswer(await active(ports), await readUser(ports, userId));

export const queryUsers = async (
  ports: Ports,
  query: {
    readonly username?: string;
    readonly email?: string;
    readonly phoneNumber?: string;
    readonly limit: number;
    readonly lastEvaluatedUserId?: string;
  },
) => {
  const methods = await active(ports);
  const { lastEvaluatedUserId, email, phoneNumber, limit, ...rest } = query;
  const found = await ports.store.users({
    ...rest,
    email: email === undefined ? undefined : normaliseEmail(email),
    phoneNumber: phoneNumber === undefined ? undefined : normalisePhone(phoneNumber),
    limit: limit + 1,
    afterUserId: lastEvaluatedUserId,
  });
  const users = found.slice(0, limit);
  return {
    users: users.map((user) => ({ userId: user.userId, ...userAnswer(methods, user) })),
    ...(found.length > limit && { lastEvaluatedUserId: users.at(-1)?.userId }),
  };
};

export const updateUser = async (ports: Ports, userId: string, attributes: UserAttributes): Promise<Record<string, unknown>> => {
  const now = ports.clock.now();
  return ports.store.transact({
    userId,
    load: {},
    run: ({ user }) => {
      const changed = withAttributes(user ?? newUser(userId, now), attributes);
      return { answer: attributesAnswer(changed), changes: { user: changed } };
    },
  });
};

/** Erases a user: himself, his instances, and what the server API sent for him to any address. Unknown: nothing to do. */
export const deleteUser = async (ports: Ports, userId: string): Promise<void> => {
  const at = ports.clock.now();
  const erased = await ports.store.transact<User | undefined>({
    userId,
    load: {},
    run: ({ user }) => ({
      answer: user,
      ...(user && {
        changes: {
          erase: true,
          events: [
            ...factorEvents('authenticator.deleted', userId, user.authenticators, at),
            { type: 'user.deleted', at, data: { userId } },
          ],
        },
      }),
    }),
  });
  if (!erased) return;
  const { email, vouchedEmail, authenticators, challenged = [] } = erased;
  const addresses = [email, vouchedEmail, ...authenticators.map((one) => one.email)].filter((one) => one !== undefined);
  const destinations = new Set([...addresses.map((address) => destinationKey(ports, address)), ...destinationsOf(challenged)]);
  for (const destination of destinations) await eraseChallenge(ports, userId, destination);
};

export const getAuthenticators = async (ports: Ports, userId: string) => {
  const user = await readUser(ports, userId);
  return (user?.authenticators ?? []).filter((one) => one.verifiedAt !== undefined).map((one) => authenticatorAnswer(userId, one));
};

/** A contact address that the caller has verified itself becomes an authenticator; the same again is the existing one. */
export const enrollVerified = async (
  ports: Ports,
  userId: string,
  request: {
    readonly verificationMethod: VerificationMethod;
    readonly email?: string;
    readonly phoneNumber?: string;
    readonly isDefault?: boolean;
  },
): Promise<Record<string, unknown>> => {
  const set = await ports.policies.fresh();
  const now = ports.clock.now();
  const id = ports.random.uuid(now);
  const { verificationMethod } = request;
  if (!isEmailMethod(verificationMethod) || !request.email)
    throw new StepwardError('invalid_request', '`verificationMethod` must be `EMAIL_OTP` or `EMAIL_MAGIC_LINK`, with `email`');
  if (!carries(ports, set, verificationMethod))
    throw new StepwardError('method_not_permitted', 'e-mail is off: set STEPWARD_SMTP_URL, or add a webhook for `email.created`');
  const email = normaliseEmail(request.email);
  const { answer, user, isNew } = await ports.store.transact({
    userId,
    load: {},
    run: ({ user: found }) => {
      const before = found ?? newUser(userId, now);
      const added = addAuthenticator(ports, set, before, { verificationMethod, email, isDefault: request.isDefault }, id, now);
      const result = {
        answer: {
          authenticator: authenticatorAnswer(userId, added.authenticator),
          ...(added.recoveryCodes && { recoveryCodes: added.recoveryCodes }),
        },
        user: added.user,
        isNew: added.events.length > 0,
      };
      return { answer: result, changes: { user: added.user, events: added.events } };
    },
  });
  if (isNew) tell(ports, set, user, 'added', verificationMethod, email);
  return answer;
};

const tell = (ports: Ports, set: PolicySet, user: User, kind: NoticeKind, method?: VerificationMethod, email?: string): void => {
  const now = ports.clock.now();
  const change = {
    kind,
    method,
    email,
    applicationName: applicationNameOf(set),
    words: wordsFor(set, { track: user.locale }),
    newId: () => ports.random.uuid(now),
    reportUrl: reportUrl(ports, user.userId, now),
    now,
  };
  for (const message of notices(user, change)) deliver(ports, message);
};

export const deleteAuthenticator = async (ports: Ports, userId: string, userAuthenticatorId: string): Promise<void> => {
  const set = await ports.policies.fresh();
  const now = ports.clock.now();
  const removed = await ports.store.transact<{ readonly user: User; readonly one: Authenticator } | undefined>({
    userId,
    load: {},
    run: ({ user }) => {
      const one = user?.authenticators.find((candidate) => candidate.userAuthenticatorId === userAuthenticatorId);
      if (!user || !one) return { answer: undefined };
      const { user: after, gone } = withoutAuthenticator({ ports, set }, user, one, now);
      return { answer: { user: after, one }, changes: { user: after, events: factorEvents('authenticator.deleted', userId, gone, now) } };
    },
  });
  if (removed) tell(ports, set, removed.user, 'removed', removed.one.verificationMethod, removed.one.email);
};

/** An operator's reset: unenrolled, nothing remembered; enrolling again may have to wait. */
export const resetUser = async (
  ports: Ports,
  userId: string,
  { waitSeconds = 0, actor }: { readonly reason: string; readonly waitSeconds?: number; readonly actor: string },
): Promise<void> => {
  const set = await ports.policies.fresh();
  const now = ports.clock.now();
  const user = await ports.store.transact<User>({
    userId,
    load: {},
    run: ({ user: found }) => {
      if (!found) throw new StepwardError('not_found', 'no such user');
      const after: User = {
        ...forgetFactorTrust(found, now),
        authenticators: [],
        guesses: {},
        enrollNotBefore: waitSeconds > 0 ? now + waitSeconds * 1000 : undefined,
      };
      return {
        answer: after,
        changes: {
          user: after,
          events: [
            ...factorEvents('authenticator.deleted', userId, found.authenticators, now),
            { type: 'user.reset', at: now, data: { userId, by: actor } },
          ],
        },
      };
    },
  });
  tell(ports, set, user, 'reset');
};
