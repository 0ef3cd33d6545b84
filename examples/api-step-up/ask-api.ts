import * as oidc from 'openid-client';

/** What a user asks of the API. */
export const calls = {
  balance: { method: 'GET', path: '/balance' },
  pay: { method: 'POST', path: '/payments', body: JSON.stringify({ amount: 2_500 }) },
} as const satisfies Record<string, { readonly method: string; readonly path: string; readonly body?: string }>;
export type Call = keyof typeof calls;

export type Answer =
  | { readonly outcome: 'done'; readonly body: unknown }
  /** The API wants the user to authenticate like this: for the next authorization request, as it is. */
  | { readonly outcome: 'authenticate'; readonly wanted: Readonly<Record<string, string>> }
  | { readonly outcome: 'failed'; readonly status: number };

/** What a 401 asks for (RFC 9470 §3); nothing for a token that has merely expired. */
const wantedBy = ({ cause }: oidc.WWWAuthenticateChallengeError): Readonly<Record<string, string>> => {
  const stepUp = cause.find(({ parameters }) => parameters.error === 'insufficient_user_authentication')?.parameters;
  const { acr_values, max_age } = stepUp ?? {};
  return { ...(acr_values !== undefined && { acr_values }), ...(max_age !== undefined && { max_age }) };
};

/** Calls the API with a token, and says what to do about its answer. */
export const askApi = async (
  config: oidc.Configuration,
  api: string,
  token: string,
  call: Call,
  dpop?: oidc.DPoPHandle,
): Promise<Answer> => {
  const { method, path, ...rest } = calls[call];
  const headers = new Headers({ 'content-type': 'application/json' });
  const body = 'body' in rest ? rest.body : undefined;
  try {
    const response = await oidc.fetchProtectedResource(config, token, new URL(path, api), method, body, headers, { DPoP: dpop });
    return response.ok ? { outcome: 'done', body: await response.json() } : { outcome: 'failed', status: response.status };
  } catch (error) {
    if (!(error instanceof oidc.WWWAuthenticateChallengeError)) throw error;
    return error.status === 401 ? { outcome: 'authenticate', wanted: wantedBy(error) } : { outcome: 'failed', status: error.status };
  }
};
