import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** Whether another process can be traced here (`strace`, and the right to use it). Where it should be (CI) and cannot, tests fail. */
export const canTrace: boolean = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0 || process.env.CI === 'true';

if (!canTrace) process.stdout.write('skipped: system calls cannot be made to fail here (strace)\n');

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
