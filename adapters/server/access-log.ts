import type { ServerResponse } from 'node:http';
import type { Log } from './log.ts';

type Answered = {
  readonly requestId?: string;
  readonly method: string;
  /** Of the API the path with its parameters unfilled, of the rest its first segment: what follows can name a user or be a secret. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
};

export type AccessLog = {
  answered(answered: Answered): void;
  /** Tells of this answer once it is over. */
  watch(target: string, method: string, response: ServerResponse): void;
};

const firstSegment = (target: string): string => /^\/[^/?]{0,64}/.exec(target)?.[0] ?? '/';

/** One line for each answer at `debug`; nothing, and nothing done, above that. */
export const createAccessLog = (log: Log): AccessLog | undefined => {
  if (!log.isLevelEnabled('debug')) return undefined;
  const answered = ({ seconds, ...rest }: Answered): void =>
    log.debug({ event: 'http.answered', ...rest, ms: Math.round(seconds * 1000) }, 'answered');
  return {
    answered,
    watch: (target, method, response) => {
      const began = performance.now();
      response.once('close', () => {
        const seconds = (performance.now() - began) / 1000;
        answered({ method, route: firstSegment(target), status: response.writableFinished ? response.statusCode : 0, seconds });
      });
    },
  };
};
