import { createServer as createHttp, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export type Received = { readonly headers: IncomingHttpHeaders; readonly body: string; readonly path: string; readonly from: string };
type Handle = (received: Received, response: ServerResponse, count: number) => void;

/** A web server that takes webhooks, on loopback. */
export type Receiver = {
  readonly port: number;
  /** All that came, oldest first. */
  readonly received: Received[];
  /** What it answers from now on; 204 unless said. */
  answer(handle: Handle): void;
  /** Resolves once so many have come; rejects after ten seconds. */
  until(count: number): Promise<void>;
  close(): Promise<void>;
};

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

const accepted: Handle = (_, response) => {
  response.writeHead(204).end();
};

/** Starts one: over TLS with this certificate, or in clear. */
export const startReceiver = async (tls?: { readonly cert: string; readonly key: string }): Promise<Receiver> => {
  const received: Received[] = [];
  let handle: Handle = accepted;
  const listener = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const one = {
        headers: request.headers,
        body: await bodyOf(request),
        path: request.url ?? '',
        from: request.socket.remoteAddress ?? '',
      };
      received.push(one);
      handle(one, response, received.length);
    } catch {
      response.destroy();
    }
  };
  const server = tls ? createHttps(tls, listener) : createHttp(listener);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received,
    answer: (next) => {
      handle = next;
    },
    until: async (count) => {
      for (let tries = 0; received.length < count; tries++) {
        if (tries > 1_000) throw new Error(`${received.length} of ${count} came`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
};

/** What came, as the SDK reads it. */
export type Envelope = { readonly id: string; readonly type: string; readonly data: Readonly<Record<string, string>> };
export const envelopesTo = ({ received }: Receiver): readonly Envelope[] => received.map(({ body }) => JSON.parse(body));
