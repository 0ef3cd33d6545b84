import type { Instance } from '../instance.ts';
import type { NotAdmitted, SentVisit } from '../ports/return-transport.ts';
import type { Ports } from '../settings.ts';
import type { BrowserRequest } from '../visit-view.ts';
import type { Situation } from './standing.ts';

/** Where an instance returns to. */
export const returnUrlOf = ({ secrets }: Pick<Ports, 'secrets'>, { instanceId, redirectUrl }: Instance): string | undefined =>
  redirectUrl === undefined ? undefined : secrets.open(`redirect:${instanceId}`, redirectUrl);

const stateContext = ({ instanceId }: Instance): string => `host-state:${instanceId}`;

/** The visit in the words of the enforcement point: what it was tracked with. */
const sentVisit = ({ userId, idempotencyKey }: Instance): SentVisit => ({ userId, instance: idempotencyKey });

/** What the host that vouched for this visit's browser gets back; undefined where none did. */
export const sentOf = ({ secrets }: Pick<Ports, 'secrets'>, instance: Instance) => {
  const { sealedState } = instance.visit;
  return sealedState === undefined ? undefined : { state: secrets.open(stateContext(instance), sealedState), visit: sentVisit(instance) };
};

export type Admission =
  /** `sealedState`: a host vouches for the browser. */
  { readonly kind: 'admitted'; readonly sealedState?: string } | { readonly kind: 'refused'; readonly reason: NotAdmitted };

/**
 * Whether a browser may begin a visit. Where the host vouches for each that it sends no other may: a URL copied from a log begins
 * nothing. Nor may one that was sent by a host that nobody knows, as it could not go back.
 */
export const admit = async ({ ports, instance }: Situation, { mode, sent }: BrowserRequest): Promise<Admission> => {
  const url = returnUrlOf(ports, instance);
  for (const transport of url === undefined ? [] : ports.transports) {
    if (url === undefined || !(await transport.matches(url))) continue;
    if (!transport.admit) break;
    // such a host is gone back to by the whole page: no frame and no window tells its end to who shows it
    if (mode !== 'redirect') return { kind: 'refused', reason: 'no session token' };
    const answer = await transport.admit(url, sentVisit(instance), sent?.token);
    if (answer !== 'admitted') return { kind: 'refused', reason: answer };
    if (!sent?.state) return { kind: 'refused', reason: 'no state' };
    return { kind: 'admitted', sealedState: ports.secrets.seal(stateContext(instance), sent.state) };
  }
  return sent === undefined ? { kind: 'admitted' } : { kind: 'refused', reason: 'of an unknown host' };
};
