// Run as a process of its own: decides the same requests over the same history and prints what does not differ by design.
import { createWorld, usual } from '../../support/stepward.ts';
import { rulesOf } from './rules.ts';

const shuffle = <T>(items: readonly T[], seed: number): readonly T[] => {
  const shuffled = [...items];
  let state = seed;
  for (let at = shuffled.length - 1; at > 0; at--) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const other = state % (at + 1);
    [shuffled[at], shuffled[other]] = [shuffled[other] as T, shuffled[at] as T];
  }
  return shuffled;
};

const agents = [
  'Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1',
  'curl/8.0',
];

/** Decisions of twenty requests, with the rules inserted in an order of this seed. */
export const decisions = async (seed: number, databaseUrl?: string): Promise<string> => {
  const world = await createWorld(databaseUrl === undefined ? {} : { databaseUrl });
  try {
    const start = Date.UTC(2026, 2, 29, 0, 30);
    await world.policies.ensure('signIn');
    await world.policies.change((set) => {
      const policy = set.actions.get('signIn');
      if (!policy) throw new Error('not ensured');
      const points = [
        { id: 'p1', name: 'amount', dataType: 'number', modelType: 'action' },
        { id: 'p2', name: 'wörter', dataType: 'text', modelType: 'action' },
      ].map((point) => ({ kind: 'data-point' as const, id: point.id, body: point }));
      const body = {
        ...policy,
        version: 2,
        configuration: { ...policy.configuration, defaultUserActionResult: 'RECOMMENDED' },
        rules: shuffle(rulesOf(start), seed),
      };
      return { answer: undefined, put: [...shuffle(points, seed), { kind: 'action', id: 'signIn', body }] };
    });
    world.pass(start - world.now());
    const lines: string[] = [];
    for (let nth = 0; nth < 20; nth++) {
      world.pass(17 * 60_000);
      const { answer } = await world.stepward.track({
        ...usual,
        userId: `user-${nth % 3}`,
        idempotencyKey: `k-${nth}`,
        userAgent: agents[nth % 3],
        ipAddress: `203.0.113.${nth % 4}`,
        custom: { amount: nth * 100.5, wörter: nth % 2 ? 'straße' : 'İstanbul' },
        context: { acceptLanguage: 'tr-TR,de;q=0.5' },
      });
      const { decision, signals, rules } = (await world.stepward.explain({
        userId: `user-${nth % 3}`,
        action: 'signIn',
        idempotencyKey: `k-${nth}`,
      })) as Record<string, unknown>;
      lines.push(
        JSON.stringify([
          answer.state,
          answer.outcome,
          answer.ruleIds,
          answer.recommendation,
          answer.degraded,
          answer.previewMatches,
          decision,
          signals,
          rules,
        ]),
      );
    }
    // a device's record has a random id
    return lines.join('\n').replace(/("device\.id":\{"value":")[^"]+/g, '$1');
  } finally {
    await world.end();
  }
};

if (import.meta.main) process.stdout.write(await decisions(Number(process.argv[2]), process.argv[3]));
