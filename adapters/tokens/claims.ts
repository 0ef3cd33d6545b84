import type { SessionClaims, TokenClaims } from '../../core/ports/token-signer.ts';

type Members = Readonly<Record<string, unknown>>;

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): boolean => typeof value === 'string';
const isNumber = (value: unknown): boolean => Number.isSafeInteger(value);
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const optional = (is: (value: unknown) => boolean) => (value: unknown) => value === undefined || is(value);
const isOther = (value: unknown): boolean =>
  isMembers(value) && isText(value.tenantId) && isText(value.userId) && isText(value.actionCode) && isText(value.idempotencyKey);

const shape = {
  iss: isText,
  sub: isText,
  aud: isText,
  jti: isText,
  iat: isNumber,
  exp: isNumber,
  epoch: isNumber,
  scope: optional(isText),
  other: isOther,
  acr: optional(isText),
  amr: optional(isTexts),
  auth_time: optional(isNumber),
  method: optional(isText),
} as const satisfies Record<keyof TokenClaims, (value: unknown) => boolean>;

const sessionShape = {
  iss: isText,
  sub: isText,
  aud: isText,
  client_id: isText,
  sid: isText,
  jti: isText,
  iat: isNumber,
  exp: isNumber,
  epoch: isNumber,
  acr: optional(isText),
  amr: optional(isTexts),
  auth_time: optional(isNumber),
} as const satisfies Record<keyof SessionClaims, (value: unknown) => boolean>;

const fits = (value: unknown, claims: Readonly<Record<string, (value: unknown) => boolean>>): boolean =>
  isMembers(value) && Object.entries(claims).every(([name, is]) => is(value[name]));

/** Whether a parsed payload has every claim in its type. */
export const isTokenClaims = (value: unknown): value is TokenClaims => fits(value, shape);
export const isSessionClaims = (value: unknown): value is SessionClaims => fits(value, sessionShape);
