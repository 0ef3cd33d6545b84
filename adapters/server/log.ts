import { pino } from 'pino';

/** Names whose values are never logged, wherever they stand. */
const secret = [
  'authorization',
  'cookie',
  'token',
  'accessToken',
  'ticket',
  'code',
  'verificationCode',
  'secret',
  'key',
  'deviceId',
  'binding',
  'consumeKey',
  'redirectUrl',
  'password',
];

/** Structured logs on standard output, one JSON object a line. */
export const createLog = (level = 'info') =>
  pino({
    level,
    base: { name: 'stepward' },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: secret.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
  });

export type Log = ReturnType<typeof createLog>;
