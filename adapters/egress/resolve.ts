import { lookup, Resolver } from 'node:dns/promises';

export type ResolvedAddress = { readonly address: string; readonly family: number };
export type Resolve = (host: string) => Promise<readonly ResolvedAddress[]>;

/** The system's own resolver: it knows the hosts file and search domains, and occupies a thread of the process while it waits. */
const bySystem: Resolve = (host) => lookup(host, { all: true, verbatim: true });

/** What says that name servers do not know a name, or that there are none. */
const unknown: ReadonlySet<unknown> = new Set(['ENOTFOUND', 'ENODATA', 'ECONNREFUSED']);

const codeOf = (reason: unknown): unknown => (reason instanceof Error && 'code' in reason ? reason.code : undefined);

/**
 * Creates a resolver that asks name servers itself: one that is silent must not take the process's few threads, which mail and
 * database need for their names. The system is asked for what name servers do not know, and for names without a dot.
 *
 * @example
 * const addresses = await createResolve()('hooks.example');
 */
export const createResolve = (
  settings: { readonly servers?: readonly string[]; readonly system?: Resolve; readonly timeout?: number } = {},
): Resolve => {
  const { servers, system = bySystem, timeout = 1_000 } = settings;
  return async (host) => {
    if (!host.includes('.') || host.endsWith('.localhost')) return system(host);
    const resolver = new Resolver({ timeout, tries: 2 });
    if (servers) resolver.setServers([...servers]);
    const asked = [
      resolver.resolve4(host).then((found) => found.map((address) => ({ address, family: 4 }))),
      resolver.resolve6(host).then((found) => found.map((address) => ({ address, family: 6 }))),
    ];
    const settled = await Promise.allSettled(asked);
    const found = settled.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    if (found.length > 0) return found;
    const failures = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    if (failures.every((reason) => unknown.has(codeOf(reason)))) return system(host);
    throw failures[0];
  };
};
