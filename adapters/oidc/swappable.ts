import type { Policies } from '../../core/index.ts';
import type { Secrets } from '../../core/ports/secrets.ts';
import { ensureKeys, isOf, type OpenedKeys, openKeys } from './keys.ts';

type Held<T> = { readonly revision: number; readonly version: string; readonly built: Promise<T> };

/**
 * What is built from the provider's keys (the library reads its keys when it is constructed), for the settings that this node has
 * heard of: built once, and anew when a key came, went or changed its state. Whoever asked before goes on with what he got.
 *
 * @returns asks for it; call it once a request, after `policies.fresh()` where changes of other nodes must be seen.
 */
export const createSwappable = <T>(
  { policies, secrets, now }: { readonly policies: Policies; readonly secrets: Secrets; readonly now: () => number },
  build: (keys: OpenedKeys) => T | Promise<T>,
): (() => Promise<T>) => {
  let held: Held<T> | undefined;
  const begin = async (): Promise<Held<T>> => {
    // settings are read in any order: those of before do not come back
    if (held && (await policies.current()).revision <= held.revision) return held;
    const set = await ensureKeys(policies, secrets, now);
    if (held && set.revision <= held.revision) return held;
    if (held && isOf(set, held.version)) {
      held = { ...held, revision: set.revision };
      return held;
    }
    const keys = openKeys(set, secrets);
    const next: Held<T> = { revision: set.revision, version: keys.version, built: Promise.resolve(keys).then(build) };
    held = next;
    next.built.catch(() => {
      // tried again by the next who asks
      if (held?.built === next.built) held = undefined;
    });
    return next;
  };
  return async () => (await begin()).built;
};
