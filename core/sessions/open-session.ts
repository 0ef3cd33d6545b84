import { usableUntil, usedBy } from '../challenge/consume.ts';
import { isProofOf, type ReadToken, readToken } from '../challenge/token-of.ts';
import { StepwardError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import type { AppClient, PolicySet } from '../policy/policies.ts';
import type { Ports } from '../settings.ts';
import type { CreateSessionRequest, SessionTokens } from '../stepward.ts';
import { firstRefreshToken, refreshHash, type Session, sessionKey, tokensOf } from './session.ts';

/** How often it is tried anew because the settings changed under it. */
const attempts = 10;

const invalidToken = (): StepwardError =>
  new StepwardError('invalid_token', '`token` opens no session: it is forged, expired, used, or of an action that did not succeed');

/**
 * Whether this token stands for what a session may be opened on: the proof of a finished challenge, or an ALLOW. An instance with
 * `binding` opens none: a session states no binding, and who consumes it must (I6).
 */
const opens = (set: PolicySet, instance: Instance, read: ReadToken, now: number): boolean =>
  instance.epoch === set.epoch &&
  instance.bindingHash === undefined &&
  instance.consumedAt === undefined &&
  now < usableUntil(set, instance, now) &&
  (instance.state === 'CHALLENGE_SUCCEEDED' ? isProofOf(read, instance) : instance.state === 'ALLOW' && !read.isProof);

/**
 * Opens a session: the one use of a finished challenge, or of an ALLOW, in place of validate and consume. The token is spent under
 * the lock of its user before the session is written: what fails between the two costs a login, and never opens a second one.
 */
export const createSession = async (ports: Ports, request: CreateSessionRequest): Promise<SessionTokens> => {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const opened = await openOnce(ports, await ports.policies.fresh(), request);
    if (opened !== 'stale') return opened;
  }
  throw new StepwardError('unavailable', 'the settings keep changing, try again', { retryAfter: 1 });
};

const openOnce = async (
  ports: Ports,
  set: PolicySet,
  { clientId, token, action }: CreateSessionRequest,
): Promise<SessionTokens | 'stale'> => {
  const now = ports.clock.now();
  const client = set.appClients.get(clientId);
  if (!client) throw new StepwardError('invalid_request', `no app client \`${clientId}\`: make it with the management API`);
  const read = readToken(ports, set, token, ['track', 'proof', 'return'], now);
  const { ref } = read;
  if (!ref || (action !== undefined && action !== ref.action)) throw invalidToken();
  const [sid, newEra, newDeviceId] = [ports.random.uuid(now), ports.random.uuid(now), ports.random.uuid(now)];
  const refresh = firstRefreshToken(ports, sid);

  const spent = await ports.store.transact<Session | 'stale'>({
    userId: ref.userId,
    load: { instance: ref },
    run: ({ instance, user, revision }) => {
      if (revision !== set.revision) return { answer: 'stale' };
      if (!instance || !user || !opens(set, instance, read, now)) throw invalidToken();
      const { user: learnt, seen } = usedBy(ports, set, user, instance, false, newDeviceId, now);
      const era = user.sessionEra ?? newEra;
      return {
        answer: sessionOf({ sid, era, client, instance, refreshHash: refreshHash(ports, refresh), now }),
        changes: {
          user: { ...(learnt ?? user), sessionEra: era },
          instances: [used(instance, clientId, now)],
          seen,
          events: [
            {
              type: 'action.consumed',
              at: now,
              data: { userId: ref.userId, action: ref.action, idempotencyKey: ref.idempotencyKey, state: instance.state },
            },
          ],
        },
      };
    },
  });
  if (spent === 'stale') return spent;
  await ports.store.transactRecord<Session, void>(sessionKey(sid), () => ({ record: spent, answer: undefined }));
  return tokensOf(ports, spent, client, refresh, now);
};

const used = (instance: Instance, clientId: string, now: number): Instance => ({
  ...instance,
  consumedAt: now,
  learnt: true,
  sealedRecoveryCodes: undefined,
  timeline: [...instance.timeline, { at: now, event: 'session-opened', detail: clientId }],
});

const sessionOf = ({
  sid,
  era,
  client,
  instance: { userId, epoch, proof },
  refreshHash,
  now,
}: {
  readonly sid: string;
  readonly era: string;
  readonly client: AppClient;
  readonly instance: Instance;
  readonly refreshHash: string;
  readonly now: number;
}): Session => ({
  sid,
  userId,
  era,
  clientId: client.clientId,
  client: client.id,
  epoch,
  openedAt: now,
  until: now + client.refreshTokenSeconds * 1000,
  ...(proof && { proof: { method: proof.method, acr: proof.acr, amr: proof.amr, authTime: proof.authTime } }),
  refreshHash,
});
