import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authsignal, AuthsignalError } from '@authsignal/node';
import { start } from '../../adapters/server/start.ts';
import type { Message } from '../../core/ports/delivery.ts';

/** A running server whose clock the test moves, and the SDK that talks to it. */
export const startForSdk = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stepward-sdk-'));
  let ahead = 0;
  const started = await start(
    { PORT: '0', HOST: '127.0.0.1', STEPWARD_LOG_LEVEL: 'silent', STEPWARD_PUBLIC_URL: 'http://localhost:8787' },
    { folder, now: () => Date.now() + ahead },
  );
  const mails: Message[] = [];
  Object.assign(started.composed.ports.delivery, { send: async (message: Message) => void mails.push(message) });
  const [serverKey = ''] = started.environment.serverKeys;
  const url = `http://127.0.0.1:${started.port}/v1`;
  const sdk = (key = serverKey) => new Authsignal({ apiSecretKey: key, apiUrl: url, retries: 0 });
  return {
    url,
    serverKey,
    sdk,
    authsignal: sdk(),
    stepward: started.composed.stepward,
    policies: started.composed.policies,
    management: started.composed.management,
    mails,
    pass: (ms: number) => {
      ahead += ms;
    },
    codeTo: (address: string): string => /\b(\d{6})\b/.exec(mails.findLast(({ to }) => to === address)?.text ?? '')?.[1] ?? '',
    /** A call by hand, for what the SDK hides. */
    call: (method: string, path: string, body?: unknown, key = serverKey) =>
      fetch(`${url}${path}`, {
        method,
        headers: { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    stop: async () => {
      await started.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

export type SdkServer = Awaited<ReturnType<typeof startForSdk>>;

/** What the SDK threw; fails where it threw nothing. */
export const errorOf = async (
  refused: Promise<unknown>,
): Promise<Pick<AuthsignalError, 'statusCode' | 'errorCode'> & { readonly description?: string }> => {
  const error = await refused.then(
    (answer) => answer,
    (cause: unknown) => cause,
  );
  if (!(error instanceof AuthsignalError)) throw new Error(`not refused: ${JSON.stringify(error)}`);
  return {
    statusCode: error.statusCode,
    errorCode: error.errorCode,
    ...(error.errorDescription && { description: error.errorDescription }),
  };
};

/** Status and code of what the SDK threw. */
export const code = async (refused: Promise<unknown>) => {
  const { statusCode, errorCode } = await errorOf(refused);
  return [statusCode, errorCode];
};
