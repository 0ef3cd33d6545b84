import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came over the wire. */
export type Received = {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
};
export type Reply = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Sends the headers and half of the body, then nothing. */
  readonly stalls?: true;
};

/** An HTTP server that answers what it is told and keeps what it got. */
export const startStub = async () => {
  const received: Received[] = [];
  let reply: Reply = {};
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push({ method: request.method ?? '', path: request.url ?? '', authorization: request.headers.authorization, body });
      const { status = 200, headers = {}, body: text = '{}', stalls } = reply;
      if (status === 204) response.writeHead(204).end();
      else {
        response.writeHead(status, { 'content-type': 'application/json', ...headers });
        if (stalls) response.write(text.slice(0, 1));
        else response.end(text);
      }
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answers: (next: Reply) => {
      reply = next;
    },
    forget: () => {
      received.length = 0;
      reply = {};
    },
    stop: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
};
export type Stub = Awaited<ReturnType<typeof startStub>>;
