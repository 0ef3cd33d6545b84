import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** One call that came by: method, path and body, what was answered. */
export type Call = {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
  status?: number;
};

/** What is done to a call in place of passing it on; `lost`: it is passed on, and its answer is thrown away. */
export type Fault =
  | 'lost'
  | ((response: ServerResponse, request: IncomingMessage, body: Readonly<Record<string, unknown>>) => void)
  | undefined;

/** A gate before Stepward. */
export type Faults = {
  readonly url: string;
  readonly calls: readonly Call[];
  /** Decides about each call; without one all pass. */
  play(fault?: (call: Call, nth: number) => Fault): void;
  end(): Promise<void>;
};

export const startFaults = async (target: string): Promise<Faults> => {
  const calls: Call[] = [];
  let decide: ((call: Call, nth: number) => Fault) | undefined;
  let nth = 0;
  const sockets = new Set<Socket>();
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += String(part);
    const body = JSON.parse(text || '{}') as Readonly<Record<string, unknown>>;
    const call: Call = { path: request.url ?? '', authorization: request.headers.authorization, body };
    calls.push(call);
    nth += 1;
    const fault = decide?.(call, nth);
    if (typeof fault === 'function') return fault(response, request, body);
    const onward = send(new URL(call.path, target), {
      method: request.method,
      headers: { ...request.headers, host: new URL(target).host },
    });
    onward.on('error', () => response.destroy());
    onward.on('response', (answer) => {
      call.status = answer.statusCode;
      if (fault === 'lost') return void answer.resume().on('end', () => response.destroy());
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.end(text);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    play: (fault) => {
      decide = fault;
      nth = 0;
    },
    end: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroy();
      }),
  };
};
