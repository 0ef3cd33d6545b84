import type { VerificationMethod } from './policy/methods.ts';
import type { Policies } from './policy/policies.ts';
import type { AuthenticatorMethod, RecoveryCodes } from './ports/authenticator.ts';
import type { Clock } from './ports/clock.ts';
import type { Delivery } from './ports/delivery.ts';
import type { IpIntelligence } from './ports/ip-intelligence.ts';
import type { Random } from './ports/random.ts';
import type { ReturnTransport } from './ports/return-transport.ts';
import type { Secrets } from './ports/secrets.ts';
import type { Store } from './ports/store.ts';
import type { TokenSigner } from './ports/token-signer.ts';
import type { UserAgentParser } from './ports/user-agent.ts';
import type { WebhookSender } from './ports/webhook-sender.ts';

/** What the composition root hands down; parsed once. */
export type CoreSettings = {
  /** Without a trailing slash. */
  readonly publicUrl: string;
  readonly tenantId: string;
  readonly redirectOrigins: readonly string[];
  /** Development: any loopback port may be returned to. */
  readonly anyLoopbackRedirect: boolean;
  /** Mail goes out from here. Without it messages with a code need a webhook that sends them, and notices are not sent. */
  readonly sendsMail: boolean;
};

/** Everything the core reaches the outside through. */
export type Ports = {
  readonly settings: CoreSettings;
  readonly store: Store;
  readonly policies: Policies;
  readonly clock: Clock;
  readonly random: Random;
  readonly secrets: Secrets;
  readonly signer: TokenSigner;
  readonly ip: IpIntelligence;
  readonly agents: UserAgentParser;
  /** Methods that this deployment can carry; those by e-mail while messages can be sent. */
  readonly methods: ReadonlyMap<VerificationMethod, AuthenticatorMethod>;
  readonly recoveryCodes: RecoveryCodes;
  readonly delivery: Delivery;
  readonly webhooks: WebhookSender;
  /** The first that matches a return URL says which browsers may begin a visit, and how they leave. */
  readonly transports: readonly ReturnTransport[];
  readonly disposableDomains: ReadonlySet<string>;
  /** Counts and logs; never throws, never waits. */
  readonly observe: (event: { readonly type: string; readonly [name: string]: unknown }) => void;
};
