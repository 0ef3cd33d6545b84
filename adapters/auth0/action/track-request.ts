import type { TrackRequest, Undecided } from '../../../core/index.ts';
import type { PostLoginEvent } from './event.ts';
import { authenticationMethods, dataPoints, geo, hostRisk } from './host-signals.ts';
import type { Run } from './run.ts';
import { text, texts } from './values.ts';

declare const STEPWARD_VERSION: string;

// Where the browser comes back to, on a custom domain too.
export const returnUrlOf = ({ request }: PostLoginEvent): string | undefined => {
  const host = text(request?.hostname);
  return host && /^[\w.-]+(:\d+)?$/.test(host) ? `https://${host}/continue` : undefined;
};

// As much of it as tells browsers apart.
export const userAgentOf = ({ request }: PostLoginEvent): string | undefined => text(request?.user_agent, 16_384)?.slice(0, 1024);

// What the network says of the browser.
const browserOf = (event: PostLoginEvent) => ({
  seen: { ipAddress: text(event.request?.ip), userAgent: userAgentOf(event) },
  context: {
    geo: geo(event),
    tls: { ja3: text(event.security_context?.ja3), ja4: text(event.security_context?.ja4) },
    acceptLanguage: text(event.request?.language),
  },
});

const protocolOf = (protocol: unknown): string => (protocol === 'samlp' ? 'saml' : protocol === 'wsfed' ? protocol : 'oidc');

/** The event as a body of track. Names, picture, identities, metadata and tokens stay at Auth0. */
export const trackRequest = (run: Run, undecided: Undecided): Omit<TrackRequest, 'userId' | 'action'> => {
  const { event, settings, situation, instance, binding } = run;
  const { flow, canRedirect } = situation;
  const { user, transaction, request } = event;
  // on a back channel they are those of the application's server
  const isFront = flow === 'interactive' || flow === 'silent' || settings.reportsClientAddress;
  const browser = isFront ? browserOf(event) : undefined;
  const email = user.email_verified === true ? text(user.email, 320) : undefined;
  const phoneNumber = user.phone_verified === true ? text(user.phone_number, 64) : undefined;
  const deviceId = text(request?.query?.[settings.deviceParam]);
  const maxAge = text(request?.query?.max_age);
  return {
    idempotencyKey: instance,
    binding,
    redirectUrl: canRedirect && settings.mode === 'redirect' ? returnUrlOf(event) : undefined,
    ...browser?.seen,
    deviceId: deviceId && /^[\w.:-]{16,128}$/.test(deviceId) ? deviceId : undefined,
    email,
    emailVerified: email === undefined ? undefined : true,
    phoneNumber,
    phoneNumberVerified: phoneNumber === undefined ? undefined : true,
    username: text(user.username),
    locale: text(transaction?.locale, 64),
    custom: dataPoints(event, settings),
    context: {
      adapter: 'auth0',
      adapterVersion: STEPWARD_VERSION,
      clientId: text(event.client?.client_id),
      protocol: protocolOf(transaction?.protocol),
      flow,
      canRedirect,
      requestedAcr: texts(transaction?.acr_values, 20),
      maxAge: maxAge && /^\d{1,9}$/.test(maxAge) ? Number(maxAge) : undefined,
      authenticationMethods: authenticationMethods(event),
      challengedBy: settings.mode === 'native' ? 'host' : undefined,
      hostRisk: hostRisk(event),
      ...browser?.context,
      undecided: undecided.proceeded || undecided.refused ? undecided : undefined,
      roles: texts(event.authorization?.roles),
    },
  };
};
