import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { CognitoError } from './errors.ts';
import type { Json } from './options.ts';
import { isRecord } from './values.ts';

export type Operation = (parameters: Json) => Json | Promise<Json>;

export type Operations = {
  /** For everybody who knows a client id or has a token. */
  readonly open: Readonly<Record<string, Operation>>;
  /** For credentials of the account. */
  readonly signed: Readonly<Record<string, Operation>>;
};

const target = 'AWSCognitoIdentityProviderService.';

const bodyOf = async (request: IncomingMessage): Promise<Json> => {
  const parts: Uint8Array[] = [];
  for await (const part of request) parts.push(part);
  try {
    const value: unknown = JSON.parse(Buffer.concat(parts).toString() || '{}');
    if (isRecord(value)) return value;
  } catch {
    // said below
  }
  throw new CognitoError('SerializationException', 'The request could not be read.');
};

const operationOf = ({ open, signed }: Operations, { headers }: IncomingMessage): Operation => {
  const named = headers['x-amz-target'];
  const name = typeof named === 'string' && named.startsWith(target) ? named.slice(target.length) : '';
  if (Object.hasOwn(open, name) && open[name]) return open[name];
  if (!Object.hasOwn(signed, name) || !signed[name]) throw new CognitoError('UnknownOperationException', '');
  if (!headers.authorization?.startsWith('AWS4-HMAC-SHA256 Credential='))
    throw new CognitoError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  return signed[name];
};

const allowBrowsers = ({ headers }: IncomingMessage, response: ServerResponse): void => {
  response.setHeader('access-control-allow-origin', '*');
  response.setHeader('access-control-allow-headers', headers['access-control-request-headers'] ?? '*');
  response.setHeader('access-control-expose-headers', 'x-amzn-ErrorType,x-amzn-RequestId,x-amzn-ErrorMessage');
};

/** The AWS JSON 1.1 protocol, and documents for GET. */
export const createProtocol = (operations: Operations, documents: (path: string) => Json | undefined): Server =>
  createServer(async (request, response) => {
    allowBrowsers(request, response);
    response.setHeader('x-amzn-requestid', randomUUID());
    if (request.method === 'OPTIONS') return void response.end();
    const document = request.method === 'GET' ? documents(request.url ?? '') : undefined;
    if (document) return void response.setHeader('content-type', 'application/json').end(JSON.stringify(document));
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    try {
      response.end(JSON.stringify(await operationOf(operations, request)(await bodyOf(request))));
    } catch (thrown) {
      const { code, message, status } =
        thrown instanceof CognitoError ? thrown : new CognitoError('InternalErrorException', String(thrown), 500);
      response.writeHead(status, { 'x-amzn-errortype': code, 'x-amzn-errormessage': encodeURI(message) });
      response.end(JSON.stringify({ __type: code, message }));
    }
  });
