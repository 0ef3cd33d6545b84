import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';

/** What waits for the return from a challenge. Kept here, never in the URL. */
export type Pending = {
  readonly userId: string;
  readonly action: string;
  readonly idempotencyKey: string;
  readonly purpose: { readonly kind: 'sign-in' } | { readonly kind: 'withdrawal'; readonly amount: number; readonly payee: string };
};

/** One browser's session. `userId` is there once it is signed in. */
export type Session = {
  readonly csrf: string;
  userId?: string;
  pending?: Pending;
  /** Said once on the next page. */
  notice?: string;
  place: string;
};

export type Sessions = {
  /** The browser's session; a new one where there is none. */
  of(request: Request, response: Response): Session;
  /** A new id for a browser that has just signed in, so that nobody knows it from before. */
  renew(request: Request, response: Response, userId: string | undefined): Session;
};

const cookieName = 'demo_session';
const deviceCookie = 'demo_device';
const attributes = { httpOnly: true, sameSite: 'lax', path: '/' } as const;

const cookie = (request: Request, name: string): string | undefined =>
  request.headers.cookie
    ?.split(/;\s*/)
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1);

const random = (): string => randomBytes(24).toString('base64url');

/** Sessions that last as long as the process. */
export const createSessions = (): Sessions => {
  const known = new Map<string, Session>();
  const begin = (response: Response, place: string): Session => {
    const id = random();
    const session: Session = { csrf: random(), place };
    known.set(id, session);
    response.cookie(cookieName, id, attributes);
    return session;
  };
  return {
    of: (request, response) => known.get(cookie(request, cookieName) ?? '') ?? begin(response, 'office'),
    renew: (request, response, userId) => {
      const id = cookie(request, cookieName) ?? '';
      const place = known.get(id)?.place ?? 'office';
      known.delete(id);
      const session = begin(response, place);
      if (userId !== undefined) session.userId = userId;
      return session;
    },
  };
};

/** The id of this browser: what `track` knows a device by. Set on the first page, kept for a year. */
export const deviceId = (request: Request, response: Response): string => {
  const present = cookie(request, deviceCookie);
  if (present && /^[\w-]{32}$/.test(present)) return present;
  const fresh = random();
  response.cookie(deviceCookie, fresh, { ...attributes, maxAge: 365 * 24 * 3600 * 1000 });
  return fresh;
};

/** Whether a form came from a page of this session. */
export const isFromHere = ({ csrf }: Session, given: unknown): boolean => {
  const [expected, sent] = [Buffer.from(csrf), Buffer.from(String(given))];
  return sent.length === expected.length && timingSafeEqual(sent, expected);
};
