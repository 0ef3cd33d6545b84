import { createHmac } from 'node:crypto';
import type { ActionEvent, ContinueRequest, Effects, Sandbox } from '../sandbox/index.ts';
import { redirectSecret } from './action.ts';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export type TokenParts = {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly secret?: string;
};

/** A login that was sent to the challenge, and what Auth0 kept of it. */
export type Begun = { readonly event: ActionEvent; readonly effects: Effects; readonly instance: string };

/** Runs the Action up to its redirect. */
export const begin = async (action: Sandbox, event: ActionEvent): Promise<Begun> => {
  const effects = await action.execute(event);
  if (effects.redirectedTo === undefined) throw new Error(`not sent to the challenge: ${effects.console}`);
  const whole = { ...event, transaction: { ...event.transaction, metadata: effects.metadata } };
  return { event: whole, effects, instance: String(effects.metadata.stepward_instance) };
};

/** The return token that the page would make, or another. */
export const returnToken = ({ event, effects, instance }: Begun, { claims, header, secret = redirectSecret }: TokenParts = {}): string => {
  const now = Math.floor(Date.now() / 1000);
  const good = {
    sub: event.user.user_id,
    iss: 'https://stepward.example',
    iat: now,
    exp: now + 60,
    jti: 'jti-1',
    state: effects.state,
    instance,
    ticket: 'ticket-1',
  };
  const signed = `${part(header ?? { alg: 'HS256', typ: 'JWT' })}.${part({ ...good, ...claims })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
};

/** The browser comes to `/continue` with this token. */
export const comeBack = (action: Sandbox, begun: Begun, token: string, more: ContinueRequest = {}): Promise<Effects> =>
  action.resume(begun.event, {
    method: 'POST',
    body: { state: begun.effects.state ?? '', stepward_token: token },
    ip: '198.51.100.4',
    user_agent: 'Other/1.0',
    ...more,
  });
