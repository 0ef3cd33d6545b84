import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createPages } from '../../../adapters/pages/create-pages.ts';
import type { HostPages } from '../../../adapters/pages/host-pages.ts';
import type { PagesOptions } from '../../../adapters/pages/options.ts';
import type { View } from '../../../core/index.ts';
import type { Secrets } from '../../../core/ports/secrets.ts';
import { type FakeVisits, fakeVisits, knownC } from './fake-visits.ts';
import { type FakeLinks, fakeLinks } from './link-views.ts';
import { noon } from './views.ts';

const unused = (): never => {
  throw new Error('the pages veil nothing');
};

export const secrets: Secrets = {
  hash: (purpose, value) => createHmac('sha256', `test ${purpose}`).update(value).digest('base64url'),
  equal: (a, b) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b)),
  veil: unused,
  unveil: unused,
  seal: (context, plain) => `${Buffer.from(plain).toString('base64url')}.${secrets.hash(context, plain)}`,
  open: (context, sealed) => {
    const [text = '', hash = ''] = sealed.split('.');
    const plain = Buffer.from(text, 'base64url').toString();
    if (!secrets.equal(hash, secrets.hash(context, plain))) throw new Error('not sealed');
    return plain;
  },
};

export type HostHandler = (request: IncomingMessage, response: ServerResponse, host: HostPages) => unknown;

export type Pages = {
  readonly visits: FakeVisits;
  readonly links: FakeLinks;
  readonly host: HostPages;
  /** Below `/oidc` everything is answered by this, as a host of the pages would. */
  answerBy(handler: HostHandler): void;
  /** `http://localhost:PORT`. */
  readonly origin: string;
  /** The address of the one known visit. */
  readonly url: string;
  readonly logged: { readonly fields: Readonly<Record<string, unknown>>; readonly message: string }[];
  close(): Promise<void>;
};

const listen = (handler: (request: IncomingMessage, response: ServerResponse) => void) =>
  new Promise<{ readonly port: number; close(): Promise<void> }>((resolve) => {
    const server = createServer(handler);
    server.listen(0, 'localhost', () => {
      const close = () =>
        new Promise<void>((done) => {
          server.close(() => done());
          server.closeAllConnections();
        });
      resolve({ port: (server.address() as AddressInfo).port, close });
    });
  });

/** Any HTTP server on localhost: a return target, another site. */
export const serve = async (handler: (request: IncomingMessage, response: ServerResponse) => void) => {
  const { port, close } = await listen(handler);
  return { origin: `http://localhost:${port}`, port, close };
};

/** The real router over the scripted port, on a real server. */
export const servePages = async (view: View, changes: Partial<PagesOptions> = {}): Promise<Pages> => {
  const visits = fakeVisits(view);
  const links = fakeLinks();
  const logged: { fields: Readonly<Record<string, unknown>>; message: string }[] = [];
  const note = (fields: Readonly<Record<string, unknown>>, message: string) => logged.push({ fields, message });
  const app = express();
  const { port, close } = await listen(app);
  const origin = `http://localhost:${port}`;
  const { router, host } = createPages({
    visits,
    mailLinks: links,
    secrets,
    random: { bytes: randomBytes },
    publicUrl: new URL(origin),
    frameAncestors: [],
    transports: [],
    redirectOrigins: ['https://app.example'],
    clientAddress: (request) => request.socket.remoteAddress,
    now: () => noon,
    log: { warn: note, error: note },
    ...changes,
  });
  app.use(router);
  let handler: HostHandler = (_, response) => response.writeHead(404).end();
  app.use('/oidc', async (request, response) => {
    await handler(request, response, host);
  });
  const answerBy = (next: HostHandler) => {
    handler = next;
  };
  return { visits, links, host, answerBy, origin, url: `${origin}/challenge?c=${knownC}`, logged, close };
};
