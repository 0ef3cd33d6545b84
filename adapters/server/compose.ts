import {
  createEvaluate,
  createLimiter,
  createManagement,
  createPolicies,
  createStepward,
  isAllowedOrigin,
  type Limiter,
  type Management,
  type Policies,
  type Ports,
  type Stepward,
  StepwardError,
  type VerificationMethod,
} from '../../core/index.ts';
import type { AuthenticatorMethod } from '../../core/ports/authenticator.ts';
import type { Delivery } from '../../core/ports/delivery.ts';
import type { Store } from '../../core/ports/store.ts';
import { createAuth0Return } from '../auth0/return-transport.ts';
import { createAuthenticatorApp } from '../authenticators/authenticator-app.ts';
import { createEmailMagicLink } from '../authenticators/email-magic-link.ts';
import { createEmailOtp } from '../authenticators/email-otp.ts';
import { createPasskey } from '../authenticators/passkey.ts';
import { createRecoveryCode } from '../authenticators/recovery-code.ts';
import { createSecurityKey } from '../authenticators/security-key.ts';
import { createLogDelivery } from '../delivery/log.ts';
import { createSmtpDelivery } from '../delivery/smtp.ts';
import { createWebhookSender } from '../delivery/webhook-sender.ts';
import { createEgress } from '../egress/egress.ts';
import { createGuardedFetch, type GuardedFetch } from '../egress/guarded-fetch.ts';
import { disposableDomains } from '../intelligence/disposable-domains.ts';
import { createIpIntelligence } from '../intelligence/ip-intelligence.ts';
import { createUserAgentParser } from '../intelligence/user-agent.ts';
import { createProviderKeys } from '../oidc/key-rotation.ts';
import { createRandom } from '../secrets/random.ts';
import { createSecrets } from '../secrets/secrets.ts';
import { createStore } from '../store/create-store.ts';
import { createTokenSigner } from '../tokens/token-signer.ts';
import type { Environment } from './environment.ts';
import type { Metrics } from './metrics.ts';
import { signingKeys } from './signing-keys.ts';

export type Composed = {
  readonly ports: Ports;
  readonly stepward: Stepward;
  readonly management: Management;
  readonly policies: Policies;
  readonly store: Store;
  readonly limiter: Limiter;
  /** Guarded: for servers that a setting or another server names. */
  readonly fetch: GuardedFetch;
  close(): Promise<void>;
};

type Outside = {
  readonly now: () => number;
  readonly warn: (message: string) => void;
  readonly observe: Metrics['observe'];
  readonly write: (text: string) => void;
};

/** No browser accepts an IP address as RP id (WebAuthn Level 3 §5.1.2). */
const rpIdOf = ({ hostname }: URL): string | undefined => (/^[\d.]+$/.test(hostname) || hostname.startsWith('[') ? undefined : hostname);

/** A code that was meant for a webhook must not end in a log when the webhook is gone. */
const createNoDelivery = (): Delivery => ({
  send: () => Promise.reject(new StepwardError('delivery_failed', 'mail is off: STEPWARD_SMTP_URL is not set')),
});

const deliveryOf = (
  environment: Environment,
  write: (text: string) => void,
): { readonly delivery: Delivery; readonly works: boolean; close(): Promise<void> } => {
  const { smtpUrl, smtpFrom, development } = environment;
  if (smtpUrl !== undefined) {
    const smtp = createSmtpDelivery({ url: smtpUrl, from: smtpFrom });
    return { delivery: smtp, works: true, close: () => smtp.close() };
  }
  const delivery = development ? createLogDelivery(write) : createNoDelivery();
  return { delivery, works: development, close: async () => undefined };
};

/** Wires the core to the world: the only place that knows every adapter. */
export const compose = async (environment: Environment, { now, warn, observe, write }: Outside): Promise<Composed> => {
  const random = createRandom();
  const secrets = createSecrets({ keys: environment.encryptionKeys });
  const uuid = (): string => random.uuid(now());
  const store = await createStore(environment.databaseUrl, { now, uuid, warn });
  await store.migrate();
  const policies = createPolicies({ store, now, uuid });
  const signer = createTokenSigner({
    keys: await signingKeys(policies, secrets),
    issuer: environment.publicUrl.origin,
    audience: environment.tenantId,
  });
  const ip = createIpIntelligence({ folder: environment.ipData, now, warn });
  const { delivery, works: mailWorks, close: closeDelivery } = deliveryOf(environment, write);

  const egress = createEgress({ allowedRanges: environment.egressAllowedRanges, loopback: environment.development });
  const webhooks = createWebhookSender({ egress, serverKeys: environment.serverKeys, now });

  const recoveryCode = createRecoveryCode({ secrets, random });
  const methods = new Map<VerificationMethod, AuthenticatorMethod>();
  const isEmbedder = (origin: string) => isAllowedOrigin(origin, environment.frameAncestors, environment.development);
  const rpId = rpIdOf(environment.publicUrl);
  if (rpId === undefined)
    warn(
      `passkeys and security keys are off: STEPWARD_PUBLIC_URL has an IP address, which WebAuthn refuses as RP id (use a name such as http://localhost:${environment.port})`,
    );
  else {
    const webauthn = { rpId, origins: [environment.publicUrl.origin], isEmbedder, random };
    methods.set('PASSKEY', createPasskey(webauthn));
    methods.set('SECURITY_KEY', createSecurityKey(webauthn));
  }
  methods.set('AUTHENTICATOR_APP', createAuthenticatorApp({ secrets, random }));
  methods.set('EMAIL_OTP', createEmailOtp({ secrets, random }));
  methods.set('EMAIL_MAGIC_LINK', createEmailMagicLink({ secrets, random }));
  if (!mailWorks) warn('e-mail methods are off unless a webhook sends their messages: STEPWARD_SMTP_URL is not set');
  methods.set('RECOVERY_CODE', recoveryCode);

  const ports: Ports = {
    settings: {
      publicUrl: environment.publicUrl.origin,
      tenantId: environment.tenantId,
      redirectOrigins: environment.redirectOrigins,
      anyLoopbackRedirect: environment.development,
      sendsMail: mailWorks,
    },
    store,
    policies,
    clock: { now },
    random,
    secrets,
    signer,
    ip,
    agents: createUserAgentParser(),
    methods,
    recoveryCodes: recoveryCode,
    delivery,
    webhooks,
    transports: [
      createAuth0Return({
        policies,
        secrets,
        publicUrl: environment.publicUrl.origin,
        development: environment.development,
        now,
        uuid,
      }),
    ],
    disposableDomains: disposableDomains(),
    observe,
  };
  const stepward = createStepward(ports);
  const management = createManagement({
    policies,
    store,
    stepward,
    secrets,
    tenantId: environment.tenantId,
    publicUrl: environment.publicUrl.origin,
    anyLoopbackRedirect: environment.development,
    now,
    uuid,
    randomBytes: random.bytes,
    evaluate: createEvaluate(ports),
    ip,
    emailEnabled: mailWorks,
    webhooks,
    providerKeys: createProviderKeys(policies, secrets, now),
  });
  return {
    ports,
    stepward,
    management,
    policies,
    store,
    limiter: createLimiter(ports),
    fetch: createGuardedFetch(egress),
    close: async () => {
      ip.close();
      await closeDelivery();
      await store.close();
    },
  };
};
