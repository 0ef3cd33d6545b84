import { authenticatorName } from './authenticator-name.ts';
import { addAuthenticator } from './challenge/succeed.ts';
import { StepwardError } from './errors.ts';
import type { Ports } from './settings.ts';
import { newUser } from './user.ts';

const most = 500;
const base64url = /^[A-Za-z0-9_-]{16,1400}$/;
const userIdShape = /^(?!(undefined|null|NaN|\[object Object\])$)[^\p{Cc}\p{Cs}]{1,255}$/u;

type Entry = {
  readonly userId: string;
  readonly credentialId: string;
  readonly credentialPublicKey: string;
  readonly name?: string;
  readonly transports: readonly string[];
  readonly aaguid?: string;
};

const parse = (entry: unknown): Entry => {
  const { userId, verificationMethod, credentialId, credentialPublicKey, name, transports, aaguid } = (entry ?? {}) as Record<
    string,
    unknown
  >;
  const refuse = (what: string): never => {
    throw new StepwardError('invalid_request', what);
  };
  if (typeof userId !== 'string' || !userIdShape.test(userId))
    return refuse('`userId` must be 1 to 255 characters, and no stand-in such as `undefined`');
  if (verificationMethod !== 'PASSKEY') return refuse('`verificationMethod` must be `PASSKEY`');
  if (typeof credentialId !== 'string' || !base64url.test(credentialId)) return refuse('`credentialId` must be base64url');
  if (typeof credentialPublicKey !== 'string' || !base64url.test(credentialPublicKey))
    return refuse('`credentialPublicKey` must be a base64url COSE key');
  const list = Array.isArray(transports) ? transports.filter((one) => typeof one === 'string').slice(0, 8) : [];
  return {
    userId,
    credentialId,
    credentialPublicKey,
    name: typeof name === 'string' ? authenticatorName(name) : undefined,
    transports: list,
    aaguid: typeof aaguid === 'string' ? aaguid.slice(0, 36) : undefined,
  };
};

/** Adopts passkeys that an application made elsewhere; each stands for itself. They work here only with the same RP id. */
export const importPasskeys = async (ports: Ports, entries: readonly unknown[]) => {
  if (entries.length === 0 || entries.length > most)
    throw new StepwardError('invalid_request', `\`authenticators\` must have 1 to ${most} entries`);
  const set = await ports.policies.fresh();
  const adopt = ports.methods.get('PASSKEY')?.adopt;
  const failures: Record<string, unknown>[] = [];
  for (const entry of entries) {
    const now = ports.clock.now();
    const id = ports.random.uuid(now);
    try {
      const { userId, name, ...given } = parse(entry);
      const data = await adopt?.(given);
      if (data === undefined) throw new StepwardError('invalid_credential', '`credentialPublicKey` is no key that a passkey can have here');
      const owner = await ports.store.credentialOwner(given.credentialId);
      if (owner !== undefined) throw new StepwardError('already_exists', 'this credential is enrolled already');
      await ports.store.transact({
        userId,
        load: {},
        run: ({ user }) => {
          const before = user ?? newUser(userId, now);
          // the same one twice in one request
          const known = before.authenticators.some(
            (one) => (one.data as { readonly credentialId?: string } | undefined)?.credentialId === given.credentialId,
          );
          if (known) throw new StepwardError('already_exists', 'this credential is enrolled already');
          const added = addAuthenticator(ports, set, before, { verificationMethod: 'PASSKEY', name, data }, id, now, false);
          return { answer: undefined, changes: { user: added.user, events: added.events } };
        },
      });
    } catch (error) {
      if (!(error instanceof StepwardError) || error.code === 'unavailable') throw error;
      const { userId, credentialId } = (entry ?? {}) as Record<string, unknown>;
      failures.push({ userId, credentialId, errorCode: error.code, errorDescription: error.message });
    }
  }
  return { total: entries.length, succeeded: entries.length - failures.length, failed: failures.length, failures };
};
