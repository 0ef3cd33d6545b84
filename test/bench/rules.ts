import { pathToFileURL } from 'node:url';
import jsonLogic, { type RulesLogic } from 'json-logic-js';
import { Engine } from 'json-rules-engine';
import { parseAddress } from '../../core/rules/address.ts';
import { compilePolicy } from '../../core/rules/compile.ts';
import { compileValueList } from '../../core/rules/value-list.ts';
import type { Result } from './result.ts';
import { engineRule, facts, handWritten, readFact, rules, values, variables } from './rules-workload.ts';

type Contender = { readonly name: string; readonly batch: number; readonly run: (times: number) => void | Promise<void> };

const rounds = 9;
const roundMilliseconds = 60;

const median = (figures: readonly number[]): number => figures.toSorted((left, right) => left - right)[figures.length >> 1] ?? 0;

// other processes share this machine: what counts is the time on the processor
const cpuMilliseconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const measure = async ({ batch, run }: Contender): Promise<number> => {
  const start = cpuMilliseconds();
  let done = 0;
  let elapsed = 0;
  while (elapsed < roundMilliseconds) {
    await run(batch);
    done += batch;
    elapsed = cpuMilliseconds() - start;
  }
  return (done / elapsed) * 1000;
};

const interleaved = async (contenders: readonly Contender[]): Promise<ReadonlyMap<string, readonly number[]>> => {
  const figures = new Map(contenders.map(({ name }): [string, number[]] => [name, []]));
  for (const contender of contenders) await measure(contender);
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders) figures.get(contender.name)?.push(await measure(contender));
  }
  return figures;
};

const now = Date.UTC(2026, 0, 1);
let sink = 0;

const ourEngine = (): Contender => {
  const { evaluate } = compilePolicy(rules, {
    variables: new Map(variables.map((variable) => [variable.name, variable])),
    lists: new Map(),
  });
  if (evaluate(readFact, now).winner?.ruleId !== 'rule-19') throw new Error('the last rule must match');
  return {
    name: 'stepward',
    batch: 2_000,
    run: (times) => {
      for (let turn = 0; turn < times; turn += 1) sink += evaluate(readFact, now).trace.length;
    },
  };
};

const byHand = (): Contender => {
  const predicates = rules.map((_, index) => handWritten(index));
  const first = () => predicates.findIndex((predicate) => predicate(facts));
  if (first() !== 19) throw new Error('the last rule must match');
  return {
    name: 'hand-written',
    batch: 10_000,
    run: (times) => {
      for (let turn = 0; turn < times; turn += 1) sink += first();
    },
  };
};

const byJsonLogic = (): Contender => {
  const logics = rules.map(({ conditions }) => conditions as RulesLogic);
  const first = () => logics.findIndex((logic) => jsonLogic.apply(logic, facts) === true);
  if (first() !== 19) throw new Error('the last rule must match');
  return {
    name: 'json-logic-js',
    batch: 200,
    run: (times) => {
      for (let turn = 0; turn < times; turn += 1) sink += first();
    },
  };
};

const byRulesEngine = async (): Promise<Contender> => {
  const engine = new Engine(rules.map(engineRule));
  const flat = Object.fromEntries(values);
  const first = async () => (await engine.run(flat)).events[0]?.type;
  if ((await first()) !== 'rule-19') throw new Error('the last rule must match');
  return {
    name: 'json-rules-engine',
    batch: 10,
    run: async (times) => {
      for (let turn = 0; turn < times; turn += 1) sink += (await first())?.length ?? 0;
    },
  };
};

/** Deterministic and spread: a step of a large prime modulo 2^32. */
const spreadWord = (index: number): number => (index * 2_654_435_761) % 2 ** 32;
const dotted = (word: number): string => [24, 16, 8, 0].map((shift) => (word >>> shift) & 255).join('.');

const lookups = (): readonly Contender[] => {
  const items = Array.from({ length: 100_000 }, (_, index) => `${dotted(spreadWord(index) & 0xffffff00)}/24`);
  const list = compileValueList({ alias: 'bench', itemType: 'string', items, version: 1 });
  const blocks = items.map((item) => parseAddress(item.slice(0, -3))?.words[0] ?? 0);
  const asked = Array.from({ length: 1_000 }, (_, index) => dotted(spreadWord(index * 7 + 200_013)));
  const scan = (text: string): boolean => {
    const word = parseAddress(text)?.words[0] ?? 0;
    return blocks.some((block) => (block ^ word) >>> 8 === 0);
  };
  const contender = (name: string, batch: number, has: (text: string) => boolean): Contender => ({
    name,
    batch,
    run: (times) => {
      for (let turn = 0; turn < times; turn += 1) sink += has(asked[turn % asked.length] ?? '') ? 1 : 0;
    },
  });
  return [contender('stepward', 10_000, (text) => list.hasAddress(text, now)), contender('linear scan', 20, scan)];
};

const compared = (name: string, unit: string, figures: ReadonlyMap<string, readonly number[]>): Result[] => {
  const own = figures.get('stepward') ?? [];
  const ours = median(own);
  const spread = (Math.max(...own) - Math.min(...own)) / ours;
  return [...figures]
    .filter(([against]) => against !== 'stepward')
    .map(([against, theirFigures]) => {
      const theirs = median(theirFigures);
      return { name, ours, theirs, against, ratio: ours / theirs, spread, unit };
    });
};

/** Decisions over 20 rules of 3 conditions, with trace and three values, and lookups in a list of 100,000 CIDR blocks. */
export async function benchRules(): Promise<Result[]> {
  const decisions = await interleaved([ourEngine(), byHand(), byJsonLogic(), await byRulesEngine()]);
  const addresses = await interleaved(lookups());
  if (sink === 0) throw new Error('nothing was evaluated');
  return [
    ...compared('20 rules x 3 conditions, last matches, traced', 'decisions per CPU second', decisions),
    ...compared('address in 100,000 CIDR blocks', 'lookups per CPU second', addresses),
  ];
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const { name, ours, theirs, against, ratio, spread, unit } of await benchRules()) {
    const figures = `${Math.round(ours)} against ${Math.round(theirs)} ${unit}`;
    console.log(`${name}: ${ratio.toPrecision(3)}x ${against} (${figures}, spread ${Math.round(spread * 100)} %)`);
  }
}
