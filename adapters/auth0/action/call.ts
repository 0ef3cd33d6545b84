import type { Settings } from './settings.ts';

/** An answer of the core, whatever it says. */
export type Answer = Readonly<Record<string, unknown>>;

/** What came of a call: `status` is absent where there was no answer in time; `body`, where it is none of Stepward. */
export type Called = { readonly status?: number; readonly body?: Answer | undefined };

// No decision could be had: not in time, not reached, or 5xx.
export const isNoAnswer = ({ status }: Called): boolean => status === undefined || status >= 500;

const largestBody = 65_536;

// The body as an object; absent where it is none or too large. Rejects where it is cut off.
const bodyOf = async (response: Response): Promise<Answer | undefined> => {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.byteLength;
    if (size > largestBody) return undefined;
    parts.push(part);
  }
  try {
    const body: unknown = JSON.parse(Buffer.concat(parts).toString());
    return typeof body === 'object' && body !== null ? (body as Answer) : undefined;
  } catch {
    return undefined;
  }
};

/**
 * One deadline for all, no redirect followed. A second try after a lost connection, 502, 503 or 504, with a third of the time left; it
 * sends the same, which counts once.
 */
const post = async ({ url, serverKey, timeout }: Settings, path: string, sent: unknown): Promise<Called> => {
  const began = Date.now();
  const init: RequestInit = {
    method: 'POST',
    redirect: 'manual',
    signal: AbortSignal.timeout(timeout),
    headers: { authorization: `Basic ${Buffer.from(`${serverKey}:`).toString('base64')}`, 'content-type': 'application/json' },
    body: JSON.stringify(sent),
  };
  const attempt = async (): Promise<Called> => {
    try {
      const response = await fetch(url + path, init);
      const { status } = response;
      if (status === 200) return { status, body: await bodyOf(response) };
      // a refusal is one, whatever becomes of its words
      return { status, body: status === 409 ? await bodyOf(response).catch(() => undefined) : undefined };
    } catch {
      return {};
    }
  };
  const first = await attempt();
  const isLost = [undefined, 502, 503, 504].includes(first.status);
  return isLost && Date.now() - began <= (timeout * 2) / 3 ? attempt() : first;
};

/** Throws for what would name another path, or is not there; whatever is thrown denies. */
const segment = (value: string): string => {
  if (typeof value !== 'string' || /^(\.{0,2}|undefined|null|\[object Object\])$/.test(value)) throw new TypeError('no path');
  return encodeURIComponent(value);
};
const actionPath = (userId: string, action: string): string => `/v1/users/${segment(userId)}/actions/${segment(action)}`;

// Asks for a decision. Throws for a user id that cannot stand in a path.
export const track = (settings: Settings, userId: string, sent: unknown): Promise<Called> =>
  post(settings, actionPath(userId, settings.action), sent);

// Uses up a finished challenge, once.
export const consume = (settings: Settings, userId: string, action: string, instance: string, sent: unknown): Promise<Called> =>
  post(settings, `${actionPath(userId, action)}/${segment(instance)}/consume`, sent);
