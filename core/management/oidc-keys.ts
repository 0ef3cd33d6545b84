import type { ProviderKey, Rotation, RotationStep } from '../ports/provider-keys.ts';
import type { ManagementPorts } from './ports.ts';

export type OidcKeyAnswer = Pick<ProviderKey, 'kid' | 'alg' | 'state'> & {
  /** ISO 8601. */
  readonly since: string;
  /** ISO 8601: not before that it signs, or goes. */
  readonly until?: string;
};
export type RotationAnswer = {
  /** What this call did; absent: nothing was due. */
  readonly done?: RotationStep;
  readonly next: { readonly step: RotationStep /** ISO 8601. */; readonly at: string };
  readonly keys: readonly OidcKeyAnswer[];
};

const iso = (at: number): string => new Date(at).toISOString();

const shown = ({ done, next, keys }: Rotation): RotationAnswer => ({
  ...(done && { done }),
  next: { step: next.step, at: iso(next.at) },
  keys: keys.map(({ kid, alg, state, since, until }) => ({
    kid,
    alg,
    state,
    since: iso(since),
    ...(until !== undefined && { until: iso(until) }),
  })),
});

/** The keys of the OpenID provider, in the order of its key set, and the next step of their rotation. */
export const listOidcKeys = async ({ providerKeys }: ManagementPorts): Promise<RotationAnswer> => shown(await providerKeys.list());

/** Does the step of the rotation that is due, if any. `publishedFor` in seconds; it counts where new keys are published. */
export const rotateOidcKeys = async (
  { providerKeys }: ManagementPorts,
  actor: string,
  { publishedFor }: { readonly publishedFor?: number },
): Promise<RotationAnswer> => shown(await providerKeys.rotate(actor, publishedFor === undefined ? undefined : publishedFor * 1000));
