import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { StepwardError } from '../../core/index.ts';

/** Largest request body in bytes, unless its route says otherwise. */
export const bodyLimit = 256 * 1024;

const json = /^application\/json\s*(;\s*charset="?utf-?8"?\s*)?;?\s*$/i;

const tooLarge = (limit: number): StepwardError => new StepwardError('payload_too_large', `the body must be at most ${limit} bytes`);

/** Whether a body follows, by the framing headers. */
export const hasBody = (request: IncomingMessage): boolean => {
  const length = request.headers['content-length'];
  return length === undefined ? request.headers['transfer-encoding'] !== undefined : length !== '0';
};

const textOf = (bytes: Buffer): string => {
  if (!isUtf8(bytes)) throw new StepwardError('invalid_request', 'the body must be UTF-8');
  return bytes.toString('utf8');
};

/**
 * Reads a JSON body as text, refusing other content types and what is too large before it is read.
 *
 * @throws StepwardError `unsupported_media_type`, `payload_too_large`, `invalid_request`.
 */
export const readBody = (request: IncomingMessage, limit = bodyLimit): Promise<string> => {
  const { 'content-type': type, 'content-encoding': encoding, 'content-length': length } = request.headers;
  if (type !== undefined && type !== 'application/json' && !json.test(type))
    return Promise.reject(new StepwardError('unsupported_media_type', 'the body must be `application/json`'));
  if (encoding !== undefined && encoding !== 'identity')
    return Promise.reject(new StepwardError('unsupported_media_type', 'the body must not be compressed'));
  if (length !== undefined && Number(length) > limit) return Promise.reject(tooLarge(limit));

  return new Promise((resolve, reject) => {
    let first: Buffer | undefined;
    let rest: Buffer[] | undefined;
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) {
        rest = undefined;
        reject(tooLarge(limit));
      } else if (first === undefined) first = chunk;
      else if (rest === undefined) rest = [first, chunk];
      else rest.push(chunk);
    });
    request.on('end', () => {
      try {
        resolve(first === undefined ? '' : textOf(rest ? Buffer.concat(rest) : first));
      } catch (error) {
        reject(error);
      }
    });
    request.on('error', () => reject(new StepwardError('invalid_request', 'the body was cut off')));
  });
};
