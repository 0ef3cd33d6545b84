import type { Instance } from '../instance.ts';
import type { RequestContext, TrackRequest } from '../request.ts';
import type { Ports } from '../settings.ts';

const purposeOf = (instanceId: string): string => `deferred:${instanceId}`;

/** What is kept elsewhere, or names a browser: the host saw none. */
const left: ReadonlySet<string> = new Set<keyof TrackRequest>(['deviceId', 'ipAddress', 'userAgent', 'redirectUrl', 'binding']);
/** Where the host is and how it speaks TLS says nothing of a browser. */
const leftOfContext: ReadonlySet<string> = new Set<keyof RequestContext>(['geo', 'tls', 'deviceVouched']);

const without = <T extends object>(value: T, names: ReadonlySet<string>): T =>
  Object.fromEntries(Object.entries(value).filter(([name]) => !names.has(name))) as T;

/** Keeps what the page will decide over. */
export const sealRequest = ({ secrets }: Pick<Ports, 'secrets'>, instanceId: string, request: TrackRequest): string =>
  secrets.seal(
    purposeOf(instanceId),
    JSON.stringify({ ...without(request, left), context: without(request.context ?? {}, leftOfContext) }),
  );

/** The request of an instance again, as if the host had seen this browser. */
export const requestFrom = (
  { secrets }: Pick<Ports, 'secrets'>,
  { instanceId, sealedRequest = '' }: Instance,
  { ipAddress, userAgent, acceptLanguage }: { readonly ipAddress?: string; readonly userAgent?: string; readonly acceptLanguage?: string },
): TrackRequest => {
  const kept = JSON.parse(secrets.open(purposeOf(instanceId), sealedRequest)) as TrackRequest;
  return { ...kept, ipAddress, userAgent, context: { ...kept.context, ...(acceptLanguage !== undefined && { acceptLanguage }) } };
};
