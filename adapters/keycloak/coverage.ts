import type { InstallOptions } from './options.ts';
import { isLeftAlone } from './place-plans.ts';
import { flowWithId, overrideSlots, type RealmClient, type Snapshot } from './snapshot.ts';

/** A way into the realm that Stepward is not asked at, and why. */
export type UncoveredWay = { readonly way: string; readonly why: string };

const noAuthenticator = 'no authenticator runs there';

/** Ways of single clients, by what switches them on. */
const clientWays: readonly { readonly way: string; readonly why: string; readonly isOpen: (client: RealmClient) => boolean }[] = [
  { way: 'client credentials', why: noAuthenticator, isOpen: ({ serviceAccount }) => serviceAccount },
  { way: 'token exchange', why: noAuthenticator, isOpen: ({ attributes }) => attributes['standard.token.exchange.enabled'] === 'true' },
  { way: 'CIBA', why: noAuthenticator, isOpen: ({ attributes }) => attributes['oidc.ciba.grant.enabled'] === 'true' },
  {
    way: 'JWT authorization grant',
    why: noAuthenticator,
    isOpen: ({ attributes }) => attributes['oauth2.jwt.authorization.grant.enabled'] === 'true',
  },
  { way: 'SAML ECP', why: 'it has a flow of its own', isOpen: ({ attributes }) => attributes['saml.allow.ecp.flow'] === 'true' },
  { way: 'docker', why: 'it has a flow of its own', isOpen: ({ protocol }) => protocol === 'docker-v2' },
];

/** Names that are told before the rest is only counted. */
const mostNamed = 8;
const named = (names: readonly string[]): string =>
  names.length <= mostNamed ? names.join(', ') : `${names.slice(0, mostNamed).join(', ')} and ${names.length - mostNamed} more`;

const ofClients = ({ clients }: Snapshot): readonly UncoveredWay[] =>
  clientWays.flatMap(({ way, why, isOpen }) => {
    const open = clients.filter(isOpen).map(({ clientId }) => clientId);
    return open.length === 0 ? [] : [{ way: `${way} (${named(open)})`, why }];
  });

const ofOverrides = (snapshot: Snapshot, options: InstallOptions): readonly UncoveredWay[] =>
  snapshot.clients.flatMap(({ clientId, overrides }) =>
    overrideSlots.flatMap((slot) => {
      const flow = flowWithId(snapshot, overrides[slot]);
      if (!flow || !isLeftAlone(clientId, options)) return [];
      const why = options.except.includes(clientId) ? 'excepted' : 'left alone without `--include-admins`';
      return [{ way: `client ${clientId}, its own ${slot === 'browser' ? 'browser flow' : 'direct grant'} \`${flow.alias}\``, why }];
    }),
  );

const ofChoices = ({ identityProviders, registrationAllowed }: Snapshot, { leave, pilots }: InstallOptions): readonly UncoveredWay[] => {
  const isTrial = pilots.length > 0;
  const why = isTrial ? 'a trial covers the logins of some clients alone' : 'left as it is';
  const providers = identityProviders.map(({ alias }) => alias);
  return [
    ...(isTrial ? [{ way: `every client but ${named(pilots)}`, why }] : []),
    ...(leave.includes('direct-grant') ? [{ way: 'direct grant', why: 'left as it is' }] : []),
    ...(isTrial || leave.includes('reset-credentials') ? [{ way: 'reset credentials', why }] : []),
    ...(providers.length > 0 && (isTrial || leave.includes('identity-providers'))
      ? [{ way: `logins through ${named(providers)}`, why }]
      : []),
    ...(registrationAllowed ? [{ way: 'registration', why: 'the first session of a new user; every later login is asked' }] : []),
  ];
};

/** Every way into the realm that stays without Stepward under these options. */
export const uncoveredWays = (snapshot: Snapshot, options: InstallOptions): readonly UncoveredWay[] => [
  ...ofChoices(snapshot, options),
  ...ofOverrides(snapshot, options),
  ...ofClients(snapshot),
  { way: 'refresh tokens', why: noAuthenticator },
  { way: 'impersonation by an administrator', why: noAuthenticator },
];
