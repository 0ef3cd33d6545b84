import { bodyOf, errorOf } from '../client/errors.ts';
import { type Answer, baseUrl, createSend } from '../client/transport.ts';
import type { Access } from './settings.ts';

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** The management API. Refusals are `StepwardError`s. */
export type Management = {
  /** All pages of a list. */
  list<T>(path: string): Promise<readonly T[]>;
  /** One resource and its version. */
  get<T>(path: string): Promise<{ readonly value: T; readonly etag: string | undefined }>;
  send<T>(method: Exclude<Method, 'GET'>, path: string, body?: unknown, etag?: string): Promise<T>;
};

const nextOf = ({ headers }: Answer): string | undefined => /<([^>]*)>;\s*rel="next"/.exec(headers.get('link') ?? '')?.[1];

/** Pages of a list that are read before something must be wrong with it. */
const mostPages = 1000;

/** A client of the management API with this access. */
export const createManagement = ({ url, key }: Access): Management => {
  const base = `${baseUrl(url)}/v1/management`;
  const send = createSend({ base, key, timeout: 15_000, fetch: globalThis.fetch });

  return {
    list: async <T>(path: string) => {
      const found: T[] = [];
      let next: string | undefined = path;
      for (let page = 0; next !== undefined && page < mostPages; page++) {
        const answer = await send({ method: 'GET', path: next });
        found.push(...(bodyOf(answer) as readonly T[]));
        const link = nextOf(answer);
        next = link === undefined ? undefined : path.split('?')[0] + new URL(link, base).search;
      }
      return found;
    },
    get: async <T>(path: string) => {
      const answer = await send({ method: 'GET', path });
      return { value: bodyOf(answer) as T, etag: answer.headers.get('etag') ?? undefined };
    },
    send: async <T>(method: Exclude<Method, 'GET'>, path: string, body?: unknown, etag?: string) => {
      const answer = await send({ method, path, body, ...(etag === undefined ? {} : { headers: { 'if-match': etag } }) });
      if (answer.status >= 300) throw errorOf(answer);
      return answer.body as T;
    },
  };
};
