import type { Outcome, Rule } from '../action.ts';
import type { Policies } from '../policy/policies.ts';
import type { IpIntelligence } from '../ports/ip-intelligence.ts';
import type { ProviderKeys } from '../ports/provider-keys.ts';
import type { Secrets } from '../ports/secrets.ts';
import type { Store } from '../ports/store.ts';
import type { WebhookSender } from '../ports/webhook-sender.ts';
import type { TrackRequest } from '../request.ts';
import type { Stepward } from '../stepward.ts';

/** A decision that is made and explained, and stored nowhere. */
export type Evaluate = (
  action: string,
  request: {
    readonly userId?: string;
    readonly attributes: Omit<TrackRequest, 'userId' | 'action'>;
    /** In place of the action's own rules. */
    readonly rules?: readonly Rule[];
  },
) => Promise<Record<string, unknown>>;

/** What the management use cases reach the outside through. */
export type ManagementPorts = {
  readonly policies: Policies;
  readonly store: Store;
  readonly stepward: Stepward;
  readonly secrets: Secrets;
  readonly tenantId: string;
  /** Without a trailing slash. */
  readonly publicUrl: string;
  /** Development: a host may be this machine itself, on any port. */
  readonly anyLoopbackRedirect: boolean;
  readonly now: () => number;
  readonly uuid: () => string;
  /** Cryptographically secure bytes. */
  readonly randomBytes: (length: number) => Uint8Array;
  readonly evaluate: Evaluate;
  /** What this deployment can compute and send; lint reads it. */
  readonly ip: Pick<IpIntelligence, 'available'>;
  readonly emailEnabled: boolean;
  readonly webhooks: WebhookSender;
  readonly providerKeys: ProviderKeys;
};

/** An answer that shows one version of an action's policy. */
export type Versioned<T> = { readonly answer: T; readonly policyVersion: number };

export type OutcomeOrRecommended = Outcome | 'RECOMMENDED';
