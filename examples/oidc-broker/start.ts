import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { parseEnv } from 'node:util';
import type { Express } from 'express';
import type { ClientMetadata } from 'oidc-provider';
import { createAccounts } from '../express-login/accounts.ts';
import { type Management, people } from '../express-login/seed.ts';
import { createIdentityProvider } from './identity-provider/provider.ts';
import { createPage } from './page/app.ts';
import { type Places, placed } from './places.ts';
import { configure, upstreamSecret } from './seed.ts';
import { createShop } from './shop/app.ts';

/** The applications as the identity provider knows them, Stepward among them. */
const registered = (places: Places, shopSecret: string): readonly ClientMetadata[] => [
  {
    client_id: 'shop',
    client_secret: shopSecret,
    redirect_uris: [`${places.shop}/callback`, `${places.shopBefore}/callback`],
    post_logout_redirect_uris: [places.shop, places.shopBefore],
  },
  {
    client_id: 'page',
    token_endpoint_auth_method: 'none',
    redirect_uris: [places.page, places.pageBefore].flatMap((origin) => [`${origin}/`, `${origin}/silent`]),
    post_logout_redirect_uris: [`${places.page}/`, `${places.pageBefore}/`],
  },
  {
    client_id: 'stepward',
    client_secret: upstreamSecret,
    redirect_uris: [`${places.stepward}/oidc/callback/accounts`],
    post_logout_redirect_uris: [`${places.stepward}/oidc/logout/return`],
    backchannel_logout_uri: `${places.stepward}/oidc/backchannel-logout/accounts`,
  },
];

const listen = (app: Express, origin: string): Promise<Server> =>
  new Promise((resolve, reject) => {
    const { port, hostname } = new URL(origin);
    const server = app.listen(Number(port), hostname, (error) => (error ? reject(error) : resolve(server)));
  });

/** Starts the identity provider and both applications, as they were and with Stepward between them. */
export const startExample = async (places: Places, stepward: Management): Promise<{ stop(): void }> => {
  const file = (name: string): string => placed(readFileSync(`${import.meta.dirname}/${name}`, 'utf8'), places);
  const before = { shop: parseEnv(file('shop/app.env')), page: file('page/settings.json') };
  const after = { shop: file('shop/app.step-up.env'), page: file('page/settings.step-up.json') };

  const accounts = createAccounts();
  for (const email of people.emails) await accounts.create(email, people.password);
  await configure(stepward, places, after);
  const servers = await Promise.all([
    listen(
      createIdentityProvider(places.identityProvider, accounts, registered(places, before.shop.CLIENT_SECRET ?? '')),
      places.identityProvider,
    ),
    listen(createShop({ ...before.shop, BASE_URL: places.shopBefore }), places.shopBefore),
    listen(createShop(parseEnv(after.shop)), places.shop),
    listen(await createPage(before.page), places.pageBefore),
    listen(await createPage(after.page), places.page),
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
