import type { ClientCaller } from '../challenge/caller.ts';
import type { Situation } from '../challenge/standing.ts';
import { readToken } from '../challenge/token-of.ts';
import { StepwardError } from '../errors.ts';
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

/** What a caller's token stands for. A token of an instance that is gone, or that a restored backup left behind, opens nothing. */
export const situationOf = async (ports: Ports, caller: ClientCaller): Promise<Situation> => {
  const [set, instance, user] = await Promise.all([
    ports.policies.current(),
    ports.store.instance(caller.ref),
    ports.store.user(caller.ref.userId),
  ]);
  if (!instance || !user || instance.epoch !== set.epoch) throw new StepwardError('invalid_token', sentences.invalid_token);
  return { ports, set, user, instance, forceEnrollment: false, now: ports.clock.now(), client: caller };
};
