import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { FunctionFailure, Invocation, Ran } from './options.ts';

type About = {
  readonly name: string;
  readonly file: string;
  /** Read whenever a process starts. */
  readonly env: () => Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly node?: string;
  /** Gets every line that it writes. */
  readonly log: (line: string) => void;
};

const failed = (errorType: string, errorMessage: string): { readonly failure: FunctionFailure } => ({
  failure: { errorType, errorMessage, trace: [] },
});

const exited = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : new Promise((done) => child.once('exit', () => done()));

/** The processes of one function, as Lambda keeps them: one event at a time in each, warm ones are used again. */
export const createEnvironments = ({ name, file, env, timeoutMs, node, log }: About) => {
  const all = new Set<ChildProcess>();
  const idle: ChildProcess[] = [];
  let started = 0;

  const start = async (): Promise<ChildProcess> => {
    started += 1;
    const child = fork(join(import.meta.dirname, 'runtime.ts'), [file], {
      ...(node !== undefined && { execPath: node }),
      execArgv: ['--disable-warning=ExperimentalWarning', '--disallow-code-generation-from-strings'],
      env: { ...env(), AWS_LAMBDA_FUNCTION_NAME: name, AWS_REGION: 'eu-west-1', TZ: ':UTC' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    all.add(child);
    child.once('exit', () => {
      all.delete(child);
      if (idle.includes(child)) idle.splice(idle.indexOf(child), 1);
    });
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream as Readable }).on('line', log);
    await new Promise<void>((ready) => {
      child.once('message', () => ready());
      child.once('exit', () => ready());
    });
    return child;
  };

  const runOn = (child: ChildProcess, event: Invocation['event']): Promise<Ran> =>
    new Promise((resolve) => {
      const end = (ran: Ran, isReusable: boolean): void => {
        clearTimeout(timer);
        child.removeAllListeners('message');
        child.off('exit', died);
        if (isReusable) idle.push(child);
        else child.kill('SIGKILL');
        resolve(ran);
      };
      const died = (): void => end(failed('Runtime.ExitError', 'Error: Runtime exited without providing a reason'), false);
      const timer = setTimeout(
        () => end(failed('Sandbox.Timedout', `Error: Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`), false),
        timeoutMs,
      );
      if (child.exitCode !== null || child.signalCode !== null) return died();
      child.once('exit', died);
      child.once('message', (ran: Ran) => end(ran, true));
      child.send({ id: randomUUID(), name, event, timeoutMs });
    });

  return {
    run: async (event: Invocation['event']): Promise<Ran> => runOn(idle.pop() ?? (await start()), event),
    started: (): number => started,
    kill: async (): Promise<void> => {
      const children = [...all];
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(children.map(exited));
    },
  };
};
