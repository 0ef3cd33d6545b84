import { Failure } from '../failure.ts';

type Refused = { readonly message: string; readonly response: { readonly status: number; readonly url: string } };

const isRefused = (error: unknown): error is Refused =>
  error instanceof Error &&
  typeof (error as Partial<Refused>).response?.status === 'number' &&
  typeof (error as unknown as Refused).response.url === 'string';

const why = (status: number): string =>
  status === 403 ? ': the service account lacks a role, docs/keycloak.md names them' : status >= 500 ? ': its log says why' : '';

/** Does this and, where Keycloak refuses something, says what; its own words are often `unknown_error`. */
export const tellingWhatWasRefused = async <T>(act: () => Promise<T>): Promise<T> => {
  try {
    return await act();
  } catch (error) {
    if (!isRefused(error)) throw error;
    const { status, url } = error.response;
    throw new Failure(
      1,
      `Keycloak answered ${status} (${error.message}) at ${new URL(url).pathname}${why(status)}; run it again, it goes on from here`,
    );
  }
};
