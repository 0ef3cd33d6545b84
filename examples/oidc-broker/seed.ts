import { parseEnv } from 'node:util';
import type { Management } from '../express-login/seed.ts';
import type { Places } from './places.ts';

/** What Stepward and the identity provider share. Only this demonstration knows the provider. */
export const upstreamSecret = 'known-to-stepward-and-identity-provider-alone';

const rules = [
  {
    name: 'An account under suspicion',
    type: 'BLOCK',
    priority: 0,
    conditions: { '==': [{ var: 'user.email' }, 'bob@example.com'] },
  },
  { name: 'New device', type: 'CHALLENGE', priority: 1, conditions: { '==': [{ var: 'device.isNew' }, true] } },
] as const;

/** Sets up Stepward between the applications and their identity provider, by its management API alone. */
export const configure = async (
  { url, key }: Management,
  places: Places,
  settings: { readonly shop: string; readonly page: string },
): Promise<void> => {
  const call = async (method: string, path: string, body: unknown): Promise<void> => {
    const response = await fetch(`${url}/v1/management${path}`, {
      method,
      headers: { authorization: `Basic ${btoa(`${key}:`)}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
  };
  const { CLIENT_ID, CLIENT_SECRET } = parseEnv(settings.shop);
  const { client_id: pageId } = JSON.parse(settings.page) as { readonly client_id: string };

  // the name that the hosted pages and mails show
  await call('PATCH', '/tenant', { name: 'Harbour' });
  await call('POST', '/oidc-upstreams', {
    id: 'accounts',
    name: 'Harbour Accounts',
    issuer: places.identityProvider,
    clientId: 'stepward',
    clientSecret: upstreamSecret,
    endSession: true,
  });
  await call('POST', '/oidc-clients', {
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    name: 'Harbour Shop',
    upstream: 'accounts',
    redirectUris: [`${places.shop}/callback`],
    postLogoutRedirectUris: [places.shop],
  });
  await call('POST', '/oidc-clients', {
    clientId: pageId,
    authMethod: 'none',
    name: 'Harbour Tides',
    upstream: 'accounts',
    redirectUris: [`${places.page}/`, `${places.page}/silent`],
    postLogoutRedirectUris: [`${places.page}/`],
    origins: [places.page],
  });
  await call('POST', '/action-configurations', { actionCode: 'signIn', defaultUserActionResult: 'ALLOW' });
  for (const rule of rules) await call('POST', '/action-configurations/signIn/rules', rule);
};
