import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import type { ClientMetadata } from 'oidc-provider';
import { selfSigned } from '../../support/certificate.ts';
import { createUpstreamMemory } from '../../support/upstream-memory.ts';
import { createPipeline, type Pipeline, type TenantUser } from './pipeline.ts';
import { createPlaces, page, show } from './places.ts';
import { createProvider } from './provider.ts';
import { createWaiting } from './waiting.ts';

/** An Auth0 tenant as far as a post-login Action can tell. */
export type Tenant = Pick<Pipeline, 'executions' | 'deploy'> & {
  /** `https://127.0.0.1:PORT`, its origin and issuer. */
  readonly issuer: string;
  /** `127.0.0.1:PORT`, as its Action hears it. */
  readonly domain: string;
  /** The same under another name: `localhost:PORT`. */
  readonly customDomain: string;
  register(client: ClientMetadata): Promise<void>;
  close(): void;
};

export type TenantSettings = {
  readonly users: Readonly<Record<string, TenantUser>>;
  /** What an administrator wrote into the metadata of a client, by client. */
  readonly metadata?: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

/** Starts a tenant on loopback, over https with a certificate that this process trusts from now on. */
export const startTenant = async ({ users, metadata = {} }: TenantSettings): Promise<Tenant> => {
  const certificate = selfSigned('localhost');
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), certificate.cert]);
  const pipeline = createPipeline({ users, metadata });
  const waiting = createWaiting();
  const memory = createUpstreamMemory();

  const serve = (host: string): RequestListener => {
    const issuer = `https://${host}`;
    const suspend: Parameters<typeof createProvider>[0]['suspend'] = (ctx, uid, one) => waiting.keep(ctx.res, uid, one);
    const provider = createProvider({ issuer, memory, users, pipeline, suspend });
    const places = createPlaces(provider, { users, pipeline, waiting });
    const callback = provider.callback();
    return (request, response) => {
      const url = new URL(request.url ?? '/', issuer);
      const place = places[url.pathname.split('/')[1] ?? ''];
      if (!place) callback(request, response);
      else place(request, response, url).catch(() => show(response, 500, page('The tenant failed')));
    };
  };

  const hosts = new Map<string, RequestListener>();
  const server = createServer(certificate, (request, response) => {
    const serving = hosts.get(request.headers.host ?? '');
    if (serving) serving(request, response);
    else response.writeHead(421).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const [domain, customDomain] = [`127.0.0.1:${port}`, `localhost:${port}`] as const;
  for (const host of [domain, customDomain]) hosts.set(host, serve(host));

  return {
    issuer: `https://${domain}`,
    domain,
    customDomain,
    executions: pipeline.executions,
    deploy: pipeline.deploy,
    register: (client) => memory('Client').upsert(client.client_id, client) as Promise<void>,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
