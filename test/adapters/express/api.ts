import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import { type ApiMiddleware, authOf } from '../../../adapters/express/index.ts';

export type Reply = { readonly status: number; readonly challenges: readonly string[]; readonly body: Record<string, unknown> } & {
  readonly retryAfter?: string;
  readonly cacheControl?: string;
};
export type Ask = { readonly method?: string; readonly target?: string; readonly body?: string };
export type Api = {
  /** As the machine knows it, not as clients do. */
  readonly port: number;
  /** Sends these header lines, as they are. */
  call(lines: readonly (string | Buffer)[], ask?: Ask): Promise<Reply>;
  close(): Promise<void>;
};

const replyOf = (text: string): Reply => {
  const [head = '', body = ''] = text.split(/\r\n\r\n(.*)/s);
  const [first = '', ...lines] = head.split('\r\n');
  const values = (name: string) =>
    lines.flatMap((line) => (line.toLowerCase().startsWith(`${name}: `) ? [line.slice(name.length + 2)] : []));
  return {
    status: Number(first.split(' ')[1]),
    challenges: values('www-authenticate'),
    body: body.startsWith('{') ? JSON.parse(body) : { text: body },
    retryAfter: values('retry-after')[0],
    cacheControl: values('cache-control')[0],
  };
};

/** An API of Express behind these middlewares; what passes them is told its claims. */
export const startApi = async (...middlewares: readonly (ApiMiddleware | RequestHandler)[]): Promise<Api> => {
  const app = express();
  app.use(express.urlencoded({ extended: false }), express.json(), ...middlewares);
  app.use((request, response) => void response.json({ passed: authOf(request) }));
  const failed: ErrorRequestHandler = (error, _request, response, _next) => void response.status(500).json({ failed: String(error) });
  app.use(failed);
  const server = createServer(app);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    call: (lines, { method = 'GET', target = '/pay', body = '' } = {}) =>
      new Promise((resolve, reject) => {
        const chunks: Buffer[] = [];
        const socket = connect(port, '127.0.0.1', () => {
          const fixed = [`${method} ${target} HTTP/1.1`, 'Host: evil.example', 'Connection: close', `Content-Length: ${body.length}`];
          for (const line of [...fixed, ...lines]) socket.write(Buffer.concat([Buffer.from(line), Buffer.from('\r\n')]));
          socket.write(`\r\n${body}`);
        });
        socket.on('data', (chunk) => chunks.push(chunk));
        socket.once('error', reject);
        socket.once('close', () => resolve(replyOf(Buffer.concat(chunks).toString())));
      }),
    close: () => new Promise((done) => server.close(() => done())),
  };
};

export const bearer = (token: string): string => `Authorization: Bearer ${token}`;

/** A client's key, and the proofs that it makes. */
export const createProver = async (alg = 'ES256') => {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk: JWK = await exportJWK(publicKey);
  return {
    jkt: await calculateJwkThumbprint(jwk),
    jwk,
    privateJwk: (await exportJWK(privateKey)) as JWK,
    proof: (claims: JWTPayload, header: Partial<JWTHeaderParameters> = {}): Promise<string> =>
      new SignJWT(claims)
        .setProtectedHeader({ alg, typ: 'dpop+jwt', jwk, ...header })
        .sign(privateKey, { crit: Object.fromEntries((header.crit ?? []).map((one) => [one, true])) }),
  };
};
export const athOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
