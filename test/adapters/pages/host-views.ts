import type { HostScreen } from '../../../core/index.ts';

const form = { action: '/oidc/interaction/abc/form', fields: { xsrf: 'a1b2' } } as const;

/** Every screen of a host, with what is usual on it. */
export const hostViews = {
  'error of the request': { screen: 'host-error', error: 'invalid_request', reference: 'a1b2c3d4' },
  'error of the client': { screen: 'host-error', error: 'invalid_client', reference: 'a1b2c3d4' },
  refusal: { screen: 'host-error', error: 'unmet_authentication_requirements', reference: 'a1b2c3d4' },
  trouble: { screen: 'host-error', error: 'temporarily_unavailable', reference: 'a1b2c3d4' },
  'begin again': { screen: 'begin-again' },
  pending: { screen: 'pending', href: '/oidc/interaction/abc', cancelHref: '/oidc/interaction/abc/cancel' },
  'under review': { screen: 'under-review', reference: 'a1b2c3d4', href: '/oidc/interaction/abc/return', client: 'Northwind Wiki' },
  address: { screen: 'address', ...form, isUnknown: false },
  'address unknown': { screen: 'address', ...form, isUnknown: true },
  consent: {
    screen: 'consent',
    ...form,
    client: 'Ledger Reports',
    scopes: ['openid', 'email', 'phone', 'address', 'offline_access', 'ledger:read'],
    claims: ['name', 'given_name', 'preferred_username', 'picture', 'gender', 'birthdate', 'zoneinfo', 'acr', 'department'],
  },
  'consent to a profile': { screen: 'consent', ...form, client: 'Ledger Reports', scopes: ['openid', 'profile'], claims: ['name'] },
  'sign out': { screen: 'sign-out', ...form },
  'sign out of an application': { screen: 'sign-out', ...form, client: 'Northwind Wiki' },
  'signed out': { screen: 'signed-out' },
  'signed out of an application': { screen: 'signed-out', client: 'Northwind Wiki' },
} as const satisfies Record<string, HostScreen>;

export const hostViewNames = Object.keys(hostViews) as readonly (keyof typeof hostViews)[];
