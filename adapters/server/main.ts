import { fileURLToPath } from 'node:url';
import { EnvironmentError } from './environment.ts';
import { type Started, start } from './start.ts';

/** Starts Stepward and ends the process in order on SIGTERM or SIGINT. */
export const main = async (): Promise<void> => {
  let started: Started;
  try {
    started = await start(process.env);
  } catch (error) {
    const known = error instanceof EnvironmentError || error instanceof TypeError;
    process.stderr.write(
      known
        ? `stepward: ${(error as Error).message}\n`
        : `stepward: cannot start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exit(1);
  }
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    started.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
};

// `import.meta.main` is newer than the oldest Node that is supported
if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
