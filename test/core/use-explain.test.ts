import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CustomValue, createEvaluate, type Outcome, outcomes, type Rule } from '../../core/index.ts';
import { createWorld, usual, type World } from '../support/stepward.ts';
import { refOf, track } from '../support/use-cases.ts';

type Truth = boolean | undefined;
type Values = Readonly<Record<string, CustomValue>>;
type Condition = Readonly<Record<string, unknown>>;
type ExplainedRule = {
  readonly ruleId: string;
  readonly result: string;
  readonly byUnknown?: true;
  readonly decidedByConditions: readonly {
    readonly var: string;
    readonly operator: string;
    readonly expected: unknown;
    readonly actual: unknown;
    readonly result: unknown;
  }[];
};
type Explained = {
  readonly decision: { readonly outcome: Outcome; readonly ruleId?: string; readonly decidedBy: string };
  readonly rules: readonly ExplainedRule[];
  readonly previewMatches: readonly { readonly ruleId: string }[];
  readonly signals: Readonly<Record<string, unknown>>;
};

const numbers: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};
const compare = (operator: string, actual: CustomValue, expected: unknown): boolean => {
  if (operator === 'in') return (expected as readonly unknown[]).includes(actual);
  if (operator === '==') return actual === expected;
  if (operator === '!=') return actual !== expected;
  return numbers[operator]?.(Number(actual), Number(expected)) ?? false;
};

/** What the documents say a condition is, written apart from the engine: Kleene logic, a missing value unknown. */
const truthOf = (condition: Condition, values: Values): Truth => {
  const [[operator = '', operands] = []] = Object.entries(condition);
  const list = operands as readonly Condition[];
  const truths = () => list.map((one) => truthOf(one, values));
  if (operator === 'and') return truths().includes(false) ? false : truths().includes(undefined) ? undefined : true;
  if (operator === 'or') return truths().includes(true) ? true : truths().includes(undefined) ? undefined : false;
  if (operator === '!') {
    const [truth] = truths();
    return truth === undefined ? undefined : !truth;
  }
  const name = String((list[0] as { readonly var?: unknown }).var).replace('custom.', '');
  const actual = values[name];
  return actual === undefined ? undefined : compare(operator, actual, list[1]);
};

const leaf: fc.Arbitrary<Condition> = fc.oneof(
  fc
    .tuple(fc.constantFrom('==', '!=', '<', '<=', '>', '>='), fc.integer({ min: 0, max: 3 }))
    .map(([operator, value]) => ({ [operator]: [{ var: 'custom.amount' }, value] })),
  fc
    .tuple(fc.constantFrom('==', '!='), fc.constantFrom('x', 'y'))
    .map(([operator, value]) => ({ [operator]: [{ var: 'custom.word' }, value] })),
  fc.tuple(fc.constantFrom('==', '!='), fc.boolean()).map(([operator, value]) => ({ [operator]: [{ var: 'custom.flag' }, value] })),
  fc.constantFrom(['x'], ['x', 'z'], ['y', 'z']).map((values) => ({ in: [{ var: 'custom.word' }, values] })),
);
const condition = fc.letrec<{ readonly node: Condition }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((and) => ({ and })),
    fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((or) => ({ or })),
    tie('node').map((one) => ({ '!': [one] })),
  ),
})).node;
type Drawn = Pick<Rule, 'type' | 'mode' | 'isActive'> & { readonly conditions?: Condition; readonly onUnknown?: 'skip' | 'match' };
const rule: fc.Arbitrary<Drawn> = fc
  .record({
    type: fc.constantFrom(...outcomes),
    mode: fc.constantFrom('production', 'production', 'preview'),
    isActive: fc.constantFrom(true, true, true, false),
    conditions: fc.option(condition, { nil: undefined, freq: 9 }),
    onUnknown: fc.constantFrom<'skip' | 'match' | undefined>('skip', 'match', undefined),
  })
  .map(({ onUnknown, ...one }) => ({ ...one, ...(onUnknown && one.type !== 'ALLOW' && one.type !== 'TRUST' && { onUnknown }) }));
const drawn = fc.record({
  rules: fc.array(rule, { maxLength: 6 }),
  fallback: fc.constantFrom(...outcomes),
  values: fc.record(
    { amount: fc.integer({ min: 0, max: 3 }), word: fc.constantFrom('x', 'y', 'z'), flag: fc.boolean() },
    { requiredKeys: [] },
  ),
});

describe('explain says what was decided, criterion by criterion', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    const points = { amount: 'number', word: 'text', flag: 'boolean' };
    await world.policies.change(() => ({
      answer: undefined,
      put: Object.entries(points).map(([name, dataType]) => ({
        kind: 'data-point',
        id: name,
        body: { id: name, name, dataType, modelType: 'action', createdAt: 0 },
      })),
    }));
  });
  afterAll(() => world.end());

  it('over 1000 generated policies: answer, explanation and evaluation agree with rules read by hand', async () => {
    const evaluate = createEvaluate(world.ports);
    const seen = new Set<string>();
    let counted = 0;
    for (const { rules, fallback, values } of fc.sample(drawn, { numRuns: 1000, seed: 4711 })) {
      counted += 1;
      await world.configure('pay', { defaultUserActionResult: fallback }, rules);
      const matches = ({ conditions, onUnknown }: Drawn): { readonly truth: Truth; readonly counts: boolean } => {
        const truth = conditions === undefined ? true : truthOf(conditions, values);
        return { truth, counts: truth ?? onUnknown === 'match' };
      };
      const matching = rules.flatMap((one, index) => (one.isActive && matches(one).counts ? [{ ...one, ruleId: `r-${index}` }] : []));
      const production = matching.filter(({ mode }) => mode === 'production');
      const preview = matching.filter(({ mode }) => mode === 'preview');
      const outcome = production[0]?.type ?? fallback;

      const answer = await track(world, { userId: `user-${counted}`, action: 'pay', custom: values });
      const explained = (await world.stepward.explain(refOf(`user-${counted}`, answer, 'pay'))) as unknown as Explained;
      const message = JSON.stringify({ rules, values });
      expect(answer.outcome, message).toBe(outcome);
      expect(answer.ruleIds, message).toEqual(production.map(({ ruleId }) => ruleId));
      expect(explained.decision, message).toMatchObject({ outcome, decidedBy: production[0] ? 'rule' : 'default' });
      expect(explained.decision.ruleId, message).toBe(production[0]?.ruleId);
      expect(
        explained.previewMatches.map(({ ruleId }) => ruleId),
        message,
      ).toEqual(preview.map(({ ruleId }) => ruleId));

      expect(explained.rules.map(({ ruleId }) => ruleId).sort(), message).toEqual(
        rules.flatMap(({ isActive }, index) => (isActive ? [`r-${index}`] : [])).sort(),
      );
      for (const { ruleId, result, byUnknown, decidedByConditions } of explained.rules) {
        const one = rules[Number(ruleId.slice(2))];
        if (!one) throw new Error(ruleId);
        const { truth, counts } = matches(one);
        const expected = truth === undefined ? (counts ? 'matched' : 'unknown') : truth ? 'matched' : 'not-matched';
        expect([expected, 'not-reached'], message).toContain(result);
        expect(result === 'not-reached' || (byUnknown ?? false) === (truth === undefined && counts), message).toBe(true);
        seen.add(result);
        for (const { var: name, operator, expected: side, actual, result: truthOfLeaf } of decidedByConditions) {
          const value = values[name.replace('custom.', '') as keyof typeof values];
          if (value === undefined) expect(actual, message).toMatchObject({ unknown: expect.any(String) });
          else {
            expect(actual, message).toEqual(value);
            expect(truthOfLeaf, message).toBe(compare(operator, value, side) ? 'matched' : 'not-matched');
          }
        }
        if (one.conditions !== undefined && result !== 'not-reached') expect(decidedByConditions.length, message).toBeGreaterThan(0);
      }
      if (counted % 10 === 0) {
        const tried = (await evaluate('pay', {
          userId: `other-${counted}`,
          attributes: { ...usual, custom: values },
        })) as unknown as Explained;
        expect([tried.decision.outcome, tried.rules], message).toEqual([explained.decision.outcome, explained.rules]);
      }
    }
    expect([...seen].filter((result) => result !== 'not-reached').sort()).toEqual(['matched', 'not-matched', 'unknown']);
  }, 120_000);

  it('keeps explaining a decision after its rules have changed', async () => {
    await world.configure('frozen', {}, [{ name: 'old rule', type: 'BLOCK', conditions: { '>': [{ var: 'custom.amount' }, 5] } }]);
    const answer = await track(world, { userId: 'ann', action: 'frozen', custom: { amount: 9 } });
    const before = await world.stepward.explain(refOf('ann', answer, 'frozen'));
    await world.configure('frozen', { defaultUserActionResult: 'ALLOW' }, []);
    expect(await world.stepward.explain(refOf('ann', answer, 'frozen'))).toEqual(before);
    expect(before).toMatchObject({
      rules: [
        {
          name: 'old rule',
          result: 'matched',
          decidedByConditions: [{ var: 'custom.amount', operator: '>', expected: 5, actual: 9, result: 'matched' }],
        },
      ],
    });
  });

  it('50 preview rules, one of which cannot be evaluated, change nothing of outcome, state or `degraded`', async () => {
    const live = [{ ruleId: 'live', type: 'ALLOW' as const, conditions: { '>': [{ var: 'custom.amount' }, 1] } }];
    const request = { action: 'previewed', custom: { amount: 3 } };
    await world.configure('previewed', {}, live);
    const without = await track(world, { userId: 'previewed-1', ...request });
    const previews = Array.from({ length: 50 }, (_, index) => ({
      ruleId: `p-${index}`,
      type: 'BLOCK' as const,
      mode: 'preview' as const,
      conditions: index === 7 ? { '==': [{ var: 'custom.word' }, 'x'] } : { '>=': [{ var: 'custom.amount' }, index] },
    }));
    await world.configure('previewed', {}, [...previews, ...live]);
    const withThem = await track(world, { userId: 'previewed-2', ...request });
    const { outcome, state, degraded, ruleIds } = without;
    expect(withThem).toMatchObject({ outcome, state, degraded, ruleIds, previewWinner: { ruleId: 'p-0', outcome: 'BLOCK' } });
    expect(withThem.previewMatches.map(({ ruleId }) => ruleId)).toEqual(['p-0', 'p-1', 'p-2', 'p-3']);
  });

  it('names no code, token, secret or key', async () => {
    await world.configure('signIn', {});
    await world.stepward.updateUser('ben', { email: 'ben@example.org', emailVerified: true });
    const answer = await track(world, { userId: 'ben', binding: 'the-login-session', redirectUrl: `${usual.redirectUrl}?state=opaque` });
    const text = JSON.stringify(await world.stepward.explain(refOf('ben', answer)));
    for (const secret of [
      answer.token,
      new URL(answer.url).searchParams.get('c') ?? 'c',
      'the-login-session',
      'state=opaque',
      usual.deviceId,
    ])
      expect(text).not.toContain(secret);
  });
});
