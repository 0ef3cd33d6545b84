import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Lambdas, startLambdas } from './index.ts';

const source = `
let calls = 0;
export const handler = async (event, context) => {
  calls += 1;
  if (event.say) console.log(event.say);
  if (event.throw) throw new RangeError(event.throw);
  if (event.exit) process.exit(1);
  if (event.forever) await new Promise(() => undefined);
  return { calls, colour: process.env.COLOUR, home: process.env.HOME, left: context.getRemainingTimeInMillis(), pid: process.pid };
};`;

let folder: string;
let file: string;
let lambdas: Lambdas | undefined;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stepward-lambda-'));
  file = join(folder, 'one.mjs');
  writeFileSync(file, source);
});
afterEach(() => lambdas?.stop());
afterAll(() => rmSync(folder, { recursive: true }));

const start = async (more: Parameters<typeof startLambdas>[0] = {}): Promise<Lambdas> => {
  lambdas = await startLambdas({ files: { one: file }, env: { COLOUR: 'blue' }, ...more });
  return lambdas;
};
const invoke = async ({ url }: Lambdas, event: unknown, name = 'one') => {
  const response = await fetch(`${url}/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, {
    method: 'POST',
    body: JSON.stringify(event),
  });
  return { status: response.status, error: response.headers.get('x-amz-function-error'), body: await response.json() };
};

describe('a function', () => {
  it('runs in a process of its own with its own environment, warm the second time', async () => {
    const host = await start();
    const first = await invoke(host, {});
    expect(first).toMatchObject({ status: 200, error: null, body: { calls: 1, colour: 'blue' } });
    expect(first.body.home).toBeUndefined();
    expect(first.body.pid).not.toBe(process.pid);
    expect(first.body.left).toBeLessThanOrEqual(5000);
    const again = await invoke(host, {}, 'arn:aws:lambda:eu-west-1:123456789012:function:one');
    expect(again.body).toMatchObject({ calls: 2, pid: first.body.pid });
  });

  it('has another process for every event that it gets meanwhile', async () => {
    const host = await start();
    const both = await Promise.all([invoke(host, {}), invoke(host, {})]);
    expect(new Set(both.map(({ body }) => body.pid)).size).toBe(2);
  });

  it('that throws is answered with its error and goes on', async () => {
    const host = await start();
    const { status, error, body } = await invoke(host, { throw: 'no' });
    expect([status, error]).toEqual([200, 'Unhandled']);
    expect(body).toMatchObject({ errorType: 'RangeError', errorMessage: 'no', trace: expect.any(Array) });
    expect((await invoke(host, {})).body.calls).toBe(2);
  });

  it('that ends, hangs or is killed starts anew', async () => {
    const host = await start({ timeoutMs: 3000 });
    expect((await invoke(host, { exit: true })).body).toMatchObject({ errorType: 'Runtime.ExitError' });
    expect((await invoke(host, { forever: true })).body).toMatchObject({ errorType: 'Sandbox.Timedout' });
    await host.kill('one');
    expect((await invoke(host, {})).body.calls).toBe(1);
    expect(host.coldStarts('one')).toBe(3);
  });

  it('gets another environment in another process', async () => {
    const host = await start();
    await invoke(host, {});
    await host.configure({ COLOUR: 'red' });
    expect((await invoke(host, {})).body).toMatchObject({ calls: 1, colour: 'red' });
  });

  it('what it writes is kept', async () => {
    const host = await start();
    await invoke(host, { say: 'hello' });
    await expect.poll(() => host.logs).toContain('hello');
  });

  it('that is unknown is not found', async () => {
    expect(await invoke(await start(), {}, 'two')).toMatchObject({ status: 404 });
  });

  it('may be a handler of this process', async () => {
    const host = await start({ handlers: { mine: (event) => ({ ...event, seen: true }) } });
    expect((await invoke(host, { a: 1 }, 'mine')).body).toEqual({ a: 1, seen: true });
  });
});

describe('a fault', () => {
  it('drops an invocation before or after the function ran', async () => {
    const host = await start();
    host.fault('one', { kind: 'drop', when: 'before' }, { kind: 'drop', when: 'after' });
    await expect(invoke(host, {})).rejects.toThrow();
    expect(host.invocations).toHaveLength(0);
    await expect(invoke(host, {})).rejects.toThrow();
    expect((await invoke(host, {})).body.calls).toBe(2);
  });

  it('runs it twice, or lets its answer wait', async () => {
    const host = await start();
    const { promise, resolve } = Promise.withResolvers<void>();
    host.fault('one', { kind: 'duplicate' }, { kind: 'hold', until: promise }, { kind: 'delay', ms: 1 });
    await invoke(host, {});
    expect(host.invocations).toHaveLength(2);
    const waiting = invoke(host, {});
    await expect.poll(() => host.invocations.at(2)?.ran).toBeDefined();
    resolve();
    expect((await waiting).status).toBe(200);
    expect((await invoke(host, {})).status).toBe(200);
  });
});
