import type { ClientCaller } from '../challenge/caller.ts';
import type { Situation } from '../challenge/standing.ts';
import { readToken } from '../challenge/token-of.ts';
import { StepwardError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import type { PolicySet } from '../policy/policies.ts';
import type { Ports } from '../settings.ts';
import type { CalledFrom } from './client-api.ts';

const sentences = {
  expired_token: 'the token has expired, report the action anew',
  invalid_token: 'this is no token that opens the client API',
} as const;

export const authenticate = async (ports: Ports, token: string, from: CalledFrom): Promise<ClientCaller> => {
  const set = await ports.policies.fresh();
  const read = readToken(ports, set, token, ['track', 'proof'], ports.clock.now());
  if (!read.ref || (read.kind !== 'track' && read.kind !== 'proof')) {
    const code = read.error ?? 'invalid_token';
    throw new StepwardError(code, sentences[code]);
  }
  const { ref, kind, tokenId, scope, proof } = read;
  return { ref, kind, tokenId, scope: scope ?? '', proof, ...from };
};

/** A token of an instance that is gone, or that a restored backup left behind, opens nothing. */
export const demandInstance = async (
  ports: Ports,
  { ref }: ClientCaller,
): Promise<{ readonly set: PolicySet; readonly instance: Instance }> => {
  const [set, instance] = await Promise.all([ports.policies.current(), ports.store.instance(ref)]);
  if (!instance || instance.epoch !== set.epoch) throw new StepwardError('invalid_token', sentences.invalid_token);
  return { set, instance };
};

/** What a caller's token stands for. */
export const situationOf = async (ports: Ports, caller: ClientCaller): Promise<Situation> => {
  const [{ set, instance }, user] = await Promise.all([demandInstance(ports, caller), ports.store.user(caller.ref.userId)]);
  if (!user) throw new StepwardError('invalid_token', sentences.invalid_token);
  return { ports, set, user, instance, forceEnrollment: false, now: ports.clock.now(), client: caller };
};
