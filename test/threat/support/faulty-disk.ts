import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** Ends with 0 where a process can be attached to, 127 without `strace`, else as `strace` does where the system forbids it. */
const { status } = spawnSync('sh', ['-c', 'sleep 0.5 & strace -o /dev/null -p $!'], { stdio: 'ignore' });

/** Whether system calls of another process can be made to fail here. A missing `strace` is a failure in CI; a system that forbids tracing is none. */
export const canTrace: boolean = status === 0 || (status === 127 && process.env.CI === 'true');

if (!canTrace)
  process.stdout.write(`skipped: system calls cannot be made to fail here (strace: ${status === 127 ? 'missing' : 'forbidden'})\n`);

/** Makes a system call of a running process fail on these files, until the answered function is called. */
export const failing = async (pid: number, call: string, error: string, files: readonly string[]): Promise<() => Promise<void>> => {
  const only = files.flatMap((file) => ['-P', file]);
  const child = spawn(
    'strace',
    ['-f', '-p', String(pid), ...only, '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:error=${error}`],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let said = '';
  await new Promise<void>((attached, failed) => {
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk;
      if (said.includes('attached')) attached();
    });
    child.once('error', failed);
    child.once('exit', (code) => failed(new Error(`strace ended with ${code}: ${said}`)));
  });
  return async () => {
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    await ended;
  };
};
