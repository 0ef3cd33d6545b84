/** An answer of the admin REST API. */
export type AdminAnswer = { readonly status: number; readonly location: string | undefined; readonly body: unknown };

export type Admin = {
  /** Calls below `/admin/realms`. Throws for an answer of 400 or more. */
  call(method: string, path: string, body?: unknown): Promise<AdminAnswer>;
  get<T>(path: string): Promise<T>;
};

/** Keycloak's admin REST API, as the server's own administrator. A new token is taken before the old one ends. */
export const createAdmin = (server: {
  readonly url: string;
  readonly admin: { readonly username: string; readonly password: string };
}): Admin => {
  let token: { readonly value: string; readonly until: number } | undefined;
  const accessToken = async (): Promise<string> => {
    if (token && Date.now() < token.until) return token.value;
    const answer = await fetch(`${server.url}/realms/master/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'password', client_id: 'admin-cli', ...server.admin }),
    });
    const { access_token: value, expires_in: seconds } = (await answer.json()) as {
      readonly access_token: string;
      readonly expires_in: number;
    };
    token = { value, until: Date.now() + (seconds * 1_000) / 2 };
    return value;
  };
  const call = async (method: string, path: string, body?: unknown): Promise<AdminAnswer> => {
    const answer = await fetch(`${server.url}/admin/realms${path}`, {
      method,
      headers: { authorization: `Bearer ${await accessToken()}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return {
      status: answer.status,
      location: answer.headers.get('location') ?? undefined,
      body: text === '' ? undefined : JSON.parse(text),
    };
  };
  return { call, get: async <T>(path: string) => (await call('GET', path)).body as T };
};
