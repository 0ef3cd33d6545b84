import { describe, expect, it } from 'vitest';
import { type Job, writeQueue } from '../../../adapters/store/sqlite/queue.ts';

/** A queue over a transaction that only keeps a record; `fails` names the steps that throw, by how often each has been called. */
const recorded = (fails: (step: string, times: number) => boolean = () => false) => {
  const log: string[] = [];
  const step = (name: string) => () => {
    log.push(name);
    if (fails(name, log.filter((entry) => entry === name).length)) throw new Error(`${name} failed`);
  };
  const queue = writeQueue({ begin: step('begin'), commit: step('commit'), rollback: step('rollback') });
  const job = (name: string, over: Partial<Job> = {}): Job => ({
    alone: false,
    perform: () => log.push(name),
    committed: () => log.push(`${name} answered`),
    failed: (reason) => log.push(`${name} refused: ${reason instanceof Error ? reason.message : reason}`),
    ...over,
  });
  return { log, queue, job };
};

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the write queue', () => {
  it('lets those of one turn share a commit, and answers only after it', async () => {
    const { log, queue, job } = recorded();
    queue.add(job('a'));
    queue.add(job('b'));
    expect(log).toEqual([]);
    await turn();
    expect(log).toEqual(['begin', 'a', 'b', 'commit', 'a answered', 'b answered']);
  });

  it('gives a job that is to be alone a transaction of its own, in its turn', () => {
    const { log, queue, job } = recorded();
    for (const one of [job('a'), job('b', { alone: true }), job('c')]) queue.add(one);
    queue.finish();
    expect(log.filter((entry) => !entry.includes('answered')).join(' ')).toBe('begin a commit begin b commit begin c commit');
  });

  it('refuses a whole batch whose commit fails', () => {
    const { log, queue, job } = recorded((step) => step === 'commit');
    queue.add(job('a'));
    queue.add(job('b'));
    queue.finish();
    expect(log).toEqual(['begin', 'a', 'b', 'commit', 'rollback', 'a refused: commit failed', 'b refused: commit failed']);
  });

  it('refuses a whole batch that cannot begin, without a try for each', () => {
    const { log, queue, job } = recorded((step) => step === 'begin');
    queue.add(job('a'));
    queue.add(job('b'));
    queue.finish();
    expect(log).toEqual(['begin', 'a refused: begin failed', 'b refused: begin failed']);
  });

  it('repeats the others one by one where a job fails while writing', () => {
    const { log, queue, job } = recorded();
    const wrong = () => {
      throw new Error('own');
    };
    for (const one of [job('a'), job('b', { perform: wrong }), job('c')]) queue.add(one);
    queue.finish();
    expect(log).toContain('a answered');
    expect(log).toContain('b refused: own');
    expect(log).toContain('c answered');
    expect(log.filter((entry) => entry === 'commit')).toHaveLength(2);
  });

  it('takes no more than 64 at once, and goes on by itself', async () => {
    const { log, queue, job } = recorded();
    for (let index = 0; index < 70; index++) queue.add(job(`job ${index}`));
    await turn();
    expect(log.filter((entry) => entry.endsWith('answered'))).toHaveLength(64);
    await turn();
    expect(log.filter((entry) => entry.endsWith('answered'))).toHaveLength(70);
  });
});
