import autocannon from 'autocannon';

export type Load = { readonly perSecond: number; readonly p50: number; readonly p99: number; readonly bad: number };

const agent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

/** One track of ten thousand users with four devices each; `hot` puts all of them behind one address. */
const trackOf = (user: number, action: string, hot: boolean) => ({
  path: `/v1/users/user-${user}/actions/${action}`,
  body: JSON.stringify({
    ipAddress: hot ? '203.0.113.77' : `203.0.${user % 200}.${(user % 250) + 1}`,
    userAgent: agent,
    deviceId: `device-${String(user).padStart(8, '0')}-${Math.floor(Math.random() * 4) + 1}-0000`,
    email: `user${user}@example.org`,
    custom: { withdrawalAmount: Math.floor(Math.random() * 3000) },
  }),
});

/** Tracks with 32 connections for `seconds`; milliseconds in the percentiles. */
export const load = async (
  base: string,
  options: {
    readonly key: string;
    readonly action: string;
    readonly seconds: number;
    readonly users?: number;
    readonly hot?: boolean;
    readonly connections?: number;
  },
): Promise<Load> => {
  const { key, action, seconds, users = 10_000, hot = false, connections = 32 } = options;
  const result = await autocannon({
    url: base,
    connections,
    duration: seconds,
    requests: [
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` },
        setupRequest: (request) => ({ ...request, ...trackOf(Math.floor(Math.random() * users), action, hot) }),
      },
    ],
  });
  return {
    perSecond: result.requests.total / result.duration,
    p50: result.latency.p50,
    p99: result.latency.p99,
    bad: result.non2xx + result.errors + result.timeouts,
  };
};

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Largest distance from the median, as a share of it. */
export const spreadOf = (values: readonly number[]): number =>
  Math.max(...values.map((value) => Math.abs(value - median(values)))) / median(values);
