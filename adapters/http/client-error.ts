import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { StepwardError } from '../../core/index.ts';
import { errorAnswer } from './error-answer.ts';

/** Answers what Node's parser refused before it became a request, in the one error body: for the server's `clientError`. */
export const answerClientError = (_: Error, socket: Duplex): void => {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = randomUUID();
  const { body } = errorAnswer(new StepwardError('invalid_request', 'this is no HTTP request that can be read'), requestId);
  const text = JSON.stringify(body);
  socket.end(
    [
      'HTTP/1.1 400 Bad Request',
      `X-Request-Id: ${requestId}`,
      'Cache-Control: no-store',
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(text)}`,
      'Connection: close',
      '',
      text,
    ].join('\r\n'),
  );
};
