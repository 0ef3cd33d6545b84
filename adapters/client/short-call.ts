/** Where the core is, and how long a host may wait for it. */
export type Reach = {
  readonly url: string;
  readonly serverKey: string;
  /** Milliseconds for all tries. */
  readonly deadline: number;
  /** Milliseconds for one of them; all unless given. */
  readonly tryFor?: number;
};

/** An answer of the core, whatever it says. */
export type Answer = Readonly<Record<string, unknown>>;

/** What came of a call: `status` is absent where there was no answer in time; `body`, where it is none of Stepward; `again`: it took two tries. */
export type Called = { readonly status?: number; readonly body?: Answer | undefined; readonly again?: true };

// No decision could be had: not in time, not reached, or 5xx.
export const isNoAnswer = ({ status }: Called): boolean => status === undefined || status >= 500;

const largestBody = 65_536;

// The body as JSON; absent where it is none or too large. Rejects where it is cut off.
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

/** One deadline, no redirect. With a third of it left, a second try: the same, which counts once. */
export const callCore = async ({ url, serverKey, deadline, tryFor = deadline }: Reach, path: string, sent?: object): Promise<Called> => {
  const began = Date.now();
  const left = () => deadline - Date.now() + began;
  const attempt = async (): Promise<Called> => {
    try {
      const response = await fetch(url + path, {
        method: sent ? 'POST' : 'GET',
        redirect: 'manual',
        signal: AbortSignal.timeout(Math.min(tryFor, left())),
        headers: { authorization: `Basic ${Buffer.from(`${serverKey}:`).toString('base64')}`, 'content-type': 'application/json' },
        body: sent && JSON.stringify(sent),
      });
      const { status } = response;
      const body = status === 200 || status === 409 ? bodyOf(response) : undefined;
      // a refusal is one, whatever becomes of its words
      return { status, body: await (status === 200 ? body : body?.catch(() => undefined)) };
    } catch {
      return {};
    }
  };
  const first = await attempt();
  const { status = 502 } = first;
  return status > 501 && status < 505 && left() >= deadline / 3 ? { ...(await attempt()), again: true } : first;
};

// Throws for what would name another path, or is not there; whatever is thrown denies.
const segment = (value: string): string => {
  if (typeof value !== 'string' || /^(\.{0,2}|undefined|null|\[object Object\])$/.test(value)) throw new TypeError('no path');
  return encodeURIComponent(value);
};

// Path of track; throws for a user id that cannot stand in one.
export const actionPath = (userId: string, action: string): string => `/v1/users/${segment(userId)}/actions/${segment(action)}`;

export const consumePath = (userId: string, action: string, instance: string): string =>
  `${actionPath(userId, action)}/${segment(instance)}/consume`;

// Path of a user's newest action instances.
export const newestPath = (userId: string, action: string, limit: number): string =>
  `/v1/users/${segment(userId)}/actions?codes=${segment(action)}&limit=${limit}`;
