import { base64url } from '../base64url.ts';
import { allowedOrigins, methodOf } from '../challenge/ceremony-context.ts';
import { configurationOf } from '../challenge/consume.ts';
import { activeMethods } from '../enrolled.ts';
import { StepwardError } from '../errors.ts';
import { wordsFor } from '../messages/words.ts';
import { methodSettings } from '../policy/method-settings.ts';
import type { PolicySet } from '../policy/policies.ts';
import type { CeremonyContext } from '../ports/authenticator.ts';
import type { Lasting } from '../ports/store.ts';
import type { Ports } from '../settings.ts';
import { applicationNameOf } from '../theme/theme.ts';
import { type Authenticator, newUser, type User } from '../user.ts';
import type { ClientAnswer, TiedTo } from './client-api.ts';

/** What a browser that names an action began, before its passkey names the user. */
export type AnonymousStart = Lasting & {
  readonly action: string;
  readonly idempotencyKey?: string;
  readonly browserHash?: string;
  /** Of the WebAuthn challenge that was made last. */
  readonly kept?: unknown;
  readonly expiresAt?: number;
  readonly spentAt?: number;
};

/** A browser that names no action means this one. */
const standardAction = 'signIn';
const lasts = 10 * 60_000;

export const startKey = (challengeId: string): string => `client-start:${challengeId}`;
export const browserHashOf = (ports: Ports, browser: string | undefined): string | undefined =>
  browser === undefined ? undefined : ports.secrets.hash('ceremony-browser', browser);

/** Only an action that says so may be named by a browser. */
export const demandClientStart = (set: PolicySet, action: string, now: number): void => {
  if (!configurationOf(set, action, now).clientStart)
    throw new StepwardError('access_denied', 'this action cannot be started by a browser, report it from the application');
};

const write = async (ports: Ports, start: Omit<AnonymousStart, 'until'>, now: number): Promise<string> => {
  const challengeId = base64url(ports.random.bytes(16));
  await ports.store.transactRecord<AnonymousStart, void>(startKey(challengeId), () => ({
    record: { ...start, until: now + lasts },
    answer: undefined,
  }));
  return challengeId;
};

/** Starts an action that the browser names. Its instance is made when the passkey has said whose it is. */
export const startChallenge = async (
  ports: Ports,
  { action, idempotencyKey, browser }: { readonly action: string; readonly idempotencyKey?: string } & TiedTo,
): Promise<ClientAnswer> => {
  const now = ports.clock.now();
  demandClientStart(await ports.policies.fresh(), action, now);
  if (idempotencyKey !== undefined) await takeKey(ports, action, idempotencyKey, now);
  return { challengeId: await write(ports, { action, idempotencyKey, browserHash: browserHashOf(ports, browser) }, now) };
};

/** A key that a browser has used before is no new one, whoever it turns out to be. */
const takeKey = async (ports: Ports, action: string, idempotencyKey: string, now: number): Promise<void> => {
  const key = ports.secrets.hash('client-start-key', JSON.stringify([action, idempotencyKey]));
  const isNew = await ports.store.transactRecord<Lasting, boolean>(key, (taken) =>
    taken ? { answer: false } : { answer: true, record: { until: now + lasts } },
  );
  if (!isNew) throw new StepwardError('idempotency_conflict', '`idempotencyKey` was used before, use a new key');
};

/** What the method may know while nobody has said who it is; then, of whom the credential is. */
export const anonymousContext = (
  ports: Ports,
  set: PolicySet,
  { challengeId, action }: { readonly challengeId: string; readonly action: string },
  now: number,
  user: User = newUser('', now),
  authenticators: readonly Authenticator[] = [],
): CeremonyContext => ({
  challengeId,
  instanceId: challengeId,
  action,
  user,
  account: '',
  authenticators,
  display: [],
  displayHash: '',
  applicationName: applicationNameOf(set),
  settings: methodSettings(set, 'PASSKEY', 'client'),
  words: wordsFor(set, {}),
  acceptsOrigin: allowedOrigins({ ports, set }),
  now,
});

/** Options of `navigator.credentials.get` for whatever passkey the browser holds. */
export const anonymousOptions = async (
  ports: Ports,
  { challengeId: given, browser, answeredFrom }: { readonly challengeId?: string; readonly answeredFrom?: string } & TiedTo,
): Promise<ClientAnswer> => {
  const set = await ports.policies.fresh();
  const now = ports.clock.now();
  if (!activeMethods(ports, set).includes('PASSKEY')) throw new StepwardError('method_not_permitted', '`PASSKEY` is not available');
  if (given === undefined) demandClientStart(set, standardAction, now);
  const challengeId = given ?? (await write(ports, { action: standardAction, browserHash: browserHashOf(ports, browser) }, now));
  const context = anonymousContext(ports, set, { challengeId, action: standardAction }, now);
  const { kept, shown, expiresAt } = await methodOf(ports, 'PASSKEY').challenge(context);
  const cookie = browserHashOf(ports, answeredFrom ?? browser);
  const isHis = await ports.store.transactRecord<AnonymousStart, boolean>(startKey(challengeId), (start) => {
    if (!start || start.spentAt !== undefined || (start.browserHash !== undefined && start.browserHash !== cookie))
      return { answer: false };
    return { answer: true, record: { ...start, kept, expiresAt } };
  });
  if (!isHis) throw new StepwardError('not_found', 'there is no such challenge, or it is too old');
  return { challengeId, options: shown };
};
