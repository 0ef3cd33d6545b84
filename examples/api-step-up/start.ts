import type { Server } from 'node:http';
import type { Express } from 'express';
import { createAccounts } from '../express-login/accounts.ts';
import { type Management, people } from '../express-login/seed.ts';
import { createIdentityProvider } from '../oidc-broker/identity-provider/provider.ts';
import { createApi } from './api.ts';
import { createApp } from './app.ts';

/** Origins. */
export type Places = Readonly<Record<'identityProvider' | 'stepward' | 'api' | 'app', string>>;

/** What the API is called in its tokens: a name, not an address. */
const audience = 'https://payments.example/api';
const upstreamSecret = 'known-to-stepward-and-identity-provider-alone';
const clientSecret = 'known-to-payments-and-stepward-alone-00000';

/** Sets up Stepward by its management API: the identity provider, and the application with the audience of the API. */
const configure = async ({ url, key }: Management, places: Places): Promise<void> => {
  const post = async (path: string, body: unknown): Promise<void> => {
    const response = await fetch(`${url}/v1/management${path}`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${key}:`)}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  };
  await post('/action-configurations', { actionCode: 'signIn', defaultUserActionResult: 'ALLOW' });
  await post('/oidc-upstreams', { id: 'accounts', issuer: places.identityProvider, clientId: 'stepward', clientSecret: upstreamSecret });
  await post('/oidc-clients', {
    clientId: 'payments',
    clientSecret,
    name: 'Payments',
    upstream: 'accounts',
    redirectUris: [`${places.app}/callback`],
    audience,
  });
};

const listen = (app: Express, origin: string): Promise<Server> =>
  new Promise((resolve, reject) => {
    const { port, hostname } = new URL(origin);
    const server = app.listen(Number(port), hostname, (error) => (error ? reject(error) : resolve(server)));
  });

/** Starts an identity provider, the API and the application, with this Stepward between them. */
export const startExample = async (places: Places, stepward: Management): Promise<{ stop(): void }> => {
  const accounts = createAccounts();
  for (const email of people.emails) await accounts.create(email, people.password);
  const known = { client_id: 'stepward', client_secret: upstreamSecret, redirect_uris: [`${places.stepward}/oidc/callback/accounts`] };
  await configure(stepward, places);
  const issuer = `${places.stepward}/oidc`;
  const servers = await Promise.all([
    listen(createIdentityProvider(places.identityProvider, accounts, [known]), places.identityProvider),
    listen(createApi({ issuer, audience, publicUrl: places.api }), places.api),
    listen(
      await createApp({ issuer, clientId: 'payments', clientSecret, api: places.api, audience, origin: places.app, dpop: true }),
      places.app,
    ),
  ]);
  return {
    stop: () => {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
};
