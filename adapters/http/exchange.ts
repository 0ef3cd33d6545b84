import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyLimit } from './read-body.ts';

const contentType = 'application/json';

/** Bytes of a refused body that are read and thrown away, so that the caller gets to read the answer. */
const lingerBytes = 1024 * 1024;
const lingerMilliseconds = 500;

const head = (requestId: string, cacheControl: string, extra: readonly string[]): string[] => [
  'X-Request-Id',
  requestId,
  'Cache-Control',
  cacheControl,
  'X-Content-Type-Options',
  'nosniff',
  ...extra,
];

/** Whether more of a body may follow than Node should drain to keep the connection. */
const isLeftUnread = ({ complete, headers }: IncomingMessage): boolean =>
  !complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > bodyLimit);

/** Ends the answer when the rest of the refused body came, was too much, or took too long. */
const endAfterLinger = (request: IncomingMessage, response: ServerResponse): void => {
  let left = lingerBytes;
  const timer = setTimeout(() => response.end(), lingerMilliseconds);
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) end();
  });
  request.on('end', end);
  request.on('error', end);
  request.resume();
};

/** Writes the one answer of a request; a second one is dropped. `body` is JSON text; undefined: an answer without content. */
export const answer = (
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  requestId: string,
  body: string | undefined,
  extra: readonly string[] = [],
  cacheControl = 'no-store',
): void => {
  if (response.headersSent || response.destroyed) return;
  const headers = head(requestId, cacheControl, extra);
  if (body === undefined) {
    response.writeHead(status, headers);
    response.end();
    return;
  }
  headers.push('Content-Type', contentType, 'Content-Length', String(Buffer.byteLength(body)));
  if (!isLeftUnread(request)) {
    response.writeHead(status, headers);
    response.end(body);
    return;
  }
  headers.push('Connection', 'close');
  response.writeHead(status, headers);
  response.write(body);
  endAfterLinger(request, response);
};
