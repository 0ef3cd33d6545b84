import { resolve } from 'node:path';
import type { Event } from '../../core/ports/store.ts';
import { type Composed, compose } from './compose.ts';
import { developmentSettings } from './development.ts';
import { type Environment, EnvironmentError, isDevelopment, parseEnvironment } from './environment.ts';
import { createLog, type Log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { startRelay } from './relay.ts';
import { serve } from './serve.ts';
import { steadyClock } from './steady-clock.ts';

const leastNode = [22, 18] as const;
const developmentFolder = '.stepward';

export type Started = { readonly environment: Environment; readonly composed: Composed; readonly port: number; stop(): Promise<void> };

const checkNode = (): void => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [leastMajor, leastMinor] = leastNode;
  if (major < leastMajor || (major === leastMajor && minor < leastMinor))
    throw new EnvironmentError(
      `Node ${leastNode.join('.')} or newer is needed, this is ${process.versions.node}: start with \`npm start\``,
    );
};

/** Events that an operator looks for are logged where they stand out; the rest is told quietly. */
const logEvent = (log: Log, { type, at, data }: Event): void => {
  const quiet = type === 'action.log_created' || type === 'action.consumed';
  log[quiet ? 'debug' : 'info']({ event: type, at: new Date(at).toISOString(), data }, type);
};

/** Reads the environment, opens database and sockets, and runs until `stop`. */
export const start = async (
  variables: Readonly<Record<string, string | undefined>>,
  options: { readonly folder?: string; readonly now?: () => number } = {},
): Promise<Started> => {
  checkNode();
  const development = isDevelopment(variables);
  const folder = resolve(options.folder ?? process.cwd(), developmentFolder);
  const settings = development ? developmentSettings(variables, folder) : { env: variables, isNew: false };
  const environment = parseEnvironment(settings.env, development);
  const log = createLog(settings.env.STEPWARD_LOG_LEVEL);
  const metrics = createMetrics();
  const clock = steadyClock();
  const now = options.now ?? clock.now;
  const composed = await compose(environment, {
    now,
    warn: (message) => log.warn(message),
    observe: metrics.observe,
    write: (text) => process.stdout.write(text),
  });
  const relay = startRelay({
    store: composed.store,
    hash: (userId) => composed.ports.secrets.hash('seen', userId),
    handle: (event) => logEvent(log, event),
    failed: (cause) => log.error({ cause }, 'events could not be taken from the outbox'),
  });
  const pruning = setInterval(() => composed.store.prune(now()).catch((cause: unknown) => log.warn({ cause }, 'pruning failed')), 60_000);
  pruning.unref();
  const served = await serve(environment, composed, log, metrics, clock.aheadBySeconds);
  log.info({ port: served.port, publicUrl: environment.publicUrl.origin, development }, 'Stepward is ready');
  if (settings.isNew) announce(environment, folder);
  return {
    environment,
    composed,
    port: served.port,
    stop: async () => {
      await served.close();
      clearInterval(pruning);
      await relay.stop().catch((cause: unknown) => log.error({ cause }, 'events stay in the outbox'));
      await composed.close();
      log.info('Stepward has stopped');
    },
  };
};

/** The keys of development mode, told once. */
const announce = ({ publicUrl, serverKeys, managementKeys }: Environment, folder: string): void => {
  process.stdout.write(
    [
      '',
      'Stepward runs in development mode (loopback only, mail is written here).',
      `  url             ${publicUrl.origin}`,
      `  server key      ${serverKeys[0]}`,
      `  management key  ${managementKeys[0]}`,
      `These are kept in ${folder}/env and not shown again.`,
      '',
      '',
    ].join('\n'),
  );
};
