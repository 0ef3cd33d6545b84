import type { Texts } from './event.ts';
import { code } from './settings.ts';
import { formed } from './values.ts';

/** What Create keeps at Cognito for the Verify of the same round; a browser can neither read nor write it. */
export type Kept =
  | { readonly state: 'ALLOW'; readonly key: string; readonly sub: string; readonly degraded?: boolean }
  | {
      readonly state: 'CHALLENGE_REQUIRED';
      readonly key: string;
      readonly consumeKey: string;
      readonly nonce: string;
      readonly action: string;
      readonly sub: string;
    };

export const written = (kept: Kept): Readonly<Record<string, string>> =>
  kept.state === 'ALLOW'
    ? { v: '1', state: kept.state, key: kept.key, sub: kept.sub, ...(kept.degraded && { degraded: '1' }) }
    : { v: '1', ...kept };

const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
/** 128 bits in base64url. */
const random = /^[\w-]{22}$/;

/** What was kept; absent where any of it is not as it was written. */
export const readKept = (parameters: Texts = {}): Kept | undefined => {
  const key = formed(parameters.key, uuid);
  const sub = formed(parameters.sub, /^.{1,255}$/s);
  if (parameters.v !== '1' || !key || !sub) return undefined;
  if (parameters.state === 'ALLOW') return { state: 'ALLOW', key, sub };
  const consumeKey = formed(parameters.consumeKey, random);
  const nonce = formed(parameters.nonce, random);
  const action = formed(parameters.action, code);
  if (parameters.state !== 'CHALLENGE_REQUIRED' || !consumeKey || !nonce || !action) return undefined;
  return { state: 'CHALLENGE_REQUIRED', key, consumeKey, nonce, action, sub };
};
