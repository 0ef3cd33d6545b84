import type { ServerResponse } from 'node:http';
import type { Scheme } from './credentials.ts';
import { proofAlgorithms } from './dpop.ts';
import type { StepUpRule } from './options.ts';
import { type Refused, refusals, type Unavailable } from './refusal.ts';

/** A challenge of RFC 9110 §11.6.1; values are quoted strings. */
const challenge = (scheme: Scheme, params: Readonly<Record<string, string | undefined>>): string => {
  const pairs = Object.entries(params).filter(([, value]) => value !== undefined);
  return [scheme, pairs.map(([name, value]) => `${name}="${value?.replace(/["\\]/g, '\\$&')}"`).join(', ')].filter(Boolean).join(' ');
};

const end = (response: ServerResponse, status: number, error: string, description: string): void => {
  const body = JSON.stringify({ error, error_description: description });
  response.statusCode = status;
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
};

export type Asked = {
  /** That the request used. */
  readonly scheme: Scheme;
  /** That are taken. */
  readonly schemes: readonly Scheme[];
  readonly rule?: StepUpRule;
};

/** Refuses, and says to the client what it can do about it. */
export const answerRefused = (response: ServerResponse, { code, message }: Refused, { scheme, schemes, rule }: Asked): void => {
  const algs = proofAlgorithms.join(' ');
  const bare = schemes.map((one) => challenge(one, one === 'DPoP' ? { algs } : {}));
  const isShort = code === 'insufficient_user_authentication';
  const params = {
    error: code,
    error_description: message,
    acr_values: isShort ? rule?.acrValues?.join(' ') : undefined,
    max_age: isShort ? rule?.maxAge?.toString() : undefined,
    algs: scheme === 'DPoP' ? algs : undefined,
  };
  response.setHeader('WWW-Authenticate', code === 'no_token' ? bare : challenge(scheme, params));
  end(response, refusals[code], code === 'no_token' ? 'unauthorized' : code, message);
};

/** What failed stays in the process. */
export const answerUnavailable = (response: ServerResponse, { retryAfter }: Unavailable): void => {
  response.setHeader('Retry-After', String(retryAfter));
  end(response, 503, 'temporarily_unavailable', 'the token cannot be verified at the moment');
};
