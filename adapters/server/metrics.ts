import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** Prometheus metrics of one process. No label holds anything of a user. */
export const createMetrics = () => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const decisions = new Counter({
    name: 'stepward_decisions_total',
    help: 'Decisions by action, outcome and what decided',
    labelNames: ['action', 'outcome', 'decided_by'],
    registers,
  });
  const redecisions = new Counter({
    name: 'stepward_redecisions_total',
    help: 'Decisions that the page took for a host that cannot see the browser, by action, first outcome and outcome',
    labelNames: ['action', 'first', 'outcome'],
    registers,
  });
  const challenges = new Counter({
    name: 'stepward_challenges_total',
    help: 'Challenges started and attempts by result',
    labelNames: ['action', 'method', 'result'],
    registers,
  });
  const previews = new Counter({
    name: 'stepward_preview_total',
    help: 'Results of preview rules',
    labelNames: ['action', 'rule', 'result'],
    registers,
  });
  const deliveries = new Counter({
    name: 'stepward_deliveries_total',
    help: 'Messages by channel and result',
    labelNames: ['channel', 'result'],
    registers,
  });
  const webhooks = new Counter({
    name: 'stepward_webhooks_total',
    help: 'Tries to deliver queued events to webhooks by result',
    labelNames: ['event', 'result'],
    registers,
  });
  const undecided = new Counter({
    name: 'stepward_undecided_total',
    help: 'Sign-ins that a host let pass or refused by its failure policy, because no decision could be had',
    labelNames: ['adapter', 'result'],
    registers,
  });
  const limited = new Counter({
    name: 'stepward_limit_total',
    help: 'Requests that a limit refused; blocks that each node counted by itself because the database could not be had',
    labelNames: ['limit', 'result'],
    registers,
  });
  const requests = new Histogram({
    name: 'stepward_http_request_seconds',
    help: 'Time to answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  });

  type Observed = { readonly type: string; readonly [name: string]: unknown };
  const text = (value: unknown): string => (typeof value === 'string' ? value : 'none');
  const countPreviews = (action: unknown, results: unknown): void => {
    for (const [rule, result] of (results as readonly (readonly [string, string])[] | undefined) ?? [])
      previews.inc({ action: text(action), rule, result });
  };
  const byType: Readonly<Record<string, (event: Observed) => void>> = {
    decision: ({ action, outcome, decidedBy, previews: results }) => {
      decisions.inc({ action: text(action), outcome: text(outcome), decided_by: text(decidedBy) });
      countPreviews(action, results);
    },
    undecided: ({ adapter, proceeds, count }) =>
      undecided.inc({ adapter: text(adapter), result: proceeds ? 'proceeded' : 'refused' }, typeof count === 'number' ? count : 1),
    redecision: ({ action, first, outcome, previews: results }) => {
      redecisions.inc({ action: text(action), first: text(first), outcome: text(outcome) });
      countPreviews(action, results);
    },
    challenge: ({ action, method, result }) => challenges.inc({ action: text(action), method: text(method), result: text(result) }),
    webhook: ({ event, result }) => webhooks.inc({ event: text(event), result: text(result) }),
    limit: ({ limit, result }) => limited.inc({ limit: text(limit), result: text(result) }),
    delivery: ({ channel, result }) => deliveries.inc({ channel: text(channel), result: text(result) }),
  };
  return {
    registry,
    observe: (event: Observed): void => byType[event.type]?.(event),
    http: {
      observe: ({
        method,
        route,
        status,
        seconds,
      }: {
        readonly method: string;
        readonly route: string;
        readonly status: number;
        readonly seconds: number;
      }) => requests.observe({ method, route, status: String(status) }, seconds),
    },
  };
};

export type Metrics = ReturnType<typeof createMetrics>;
