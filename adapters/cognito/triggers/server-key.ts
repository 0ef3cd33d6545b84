import type { CoreSettings } from './core-settings.ts';
import { Refusal } from './refusal.ts';
import { formed, membersOf, text } from './values.ts';

const readWithin = 1000;

/** A secret is the key itself, or an object in JSON that has it under the setting's name; another object is another secret. */
const keyIn = (secret: string): unknown => {
  try {
    const value: unknown = JSON.parse(secret);
    return typeof value === 'object' ? membersOf(value).STEPWARD_SERVER_KEY : secret;
  } catch {
    return secret;
  }
};

/**
 * The server key: the setting, or what AWS's extension for secrets has under `secretId`. Kept until the core refuses it; the extension
 * itself keeps it for some minutes.
 */
export const createServerKey = ({ serverKey, secretId, secrets }: CoreSettings) => {
  let kept = serverKey;
  return {
    current: async (): Promise<string> => {
      if (kept !== '') return kept;
      try {
        const response = await fetch(`${secrets.url}/secretsmanager/get?secretId=${encodeURIComponent(secretId)}`, {
          headers: { 'x-aws-parameters-secrets-token': secrets.token },
          redirect: 'error',
          signal: AbortSignal.timeout(readWithin),
        });
        const secret = response.status === 200 ? text(membersOf(await response.json()).SecretString, 4096) : undefined;
        kept = formed(secret && keyIn(secret), /^[\x21-\x7e]+$/) ?? '';
      } catch {}
      if (kept === '') throw new Refusal('unavailable', { ref: 'config', outcome: 'misconfigured:STEPWARD_SERVER_KEY_SECRET_ID' });
      return kept;
    },
    /** It was refused: the secret may have changed. */
    forget: (): void => {
      kept = serverKey;
    },
  };
};
