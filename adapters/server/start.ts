import { resolve } from 'node:path';
import type { Event } from '../../core/ports/store.ts';
import { type Composed, compose } from './compose.ts';
import { startWebhookDeliveries } from './deliver-webhooks.ts';
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

/** What every sign-in writes is told quietly; what an operator looks for stands out. */
const quiet: ReadonlySet<string> = new Set(['action.log_created', 'challenge.log_created', 'action.consumed']);
/** Of an authenticator the log names which one it is, not whose address. */
const unlogged: ReadonlySet<string> = new Set(['email', 'phoneNumber', 'webauthnCredential']);

const logEvent = (log: Log, { type, at, data }: Event): void => {
  const told = Object.fromEntries(Object.entries(data).filter(([name]) => !unlogged.has(name)));
  log[quiet.has(type) ? 'debug' : 'info']({ event: type, at: new Date(at).toISOString(), data: told }, type);
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
  const { ports, policies, store } = composed;
  const deliveries = startWebhookDeliveries({
    policies,
    queue: store.webhookQueue,
    sender: ports.webhooks,
    secrets: ports.secrets,
    random: ports.random,
    now,
    tried: ({ webhookId, id, type, tries }, { state, reason, status }) => {
      metrics.observe({ type: 'webhook', event: type, result: state === 'pending' ? 'failed' : state });
      if (state !== 'delivered')
        log[state === 'dead' ? 'warn' : 'info']({ webhookId, id, type, tries, reason, status }, `webhook ${state}`);
    },
    failed: (cause) => log.error({ cause }, 'webhooks could not be delivered'),
  });
  const pruning = setInterval(() => store.prune(now()).catch((cause: unknown) => log.warn({ cause }, 'pruning failed')), 60_000);
  pruning.unref();
  const served = await serve(environment, composed, log, metrics, clock.aheadBySeconds);
  const relay = startRelay({
    store,
    policies,
    settings: ports.settings,
    hash: (userId) => ports.secrets.hash('seen', userId),
    handle: (event) => {
      logEvent(log, event);
      return served.heard(event);
    },
    failed: (cause) => log.error({ cause }, 'events could not be taken from the outbox'),
  });
  log.info({ port: served.port, publicUrl: environment.publicUrl.origin, development }, 'Stepward is ready');
  if (settings.isNew) announce(environment, folder);
  return {
    environment,
    composed,
    port: served.port,
    stop: async () => {
      await served.close();
      clearInterval(pruning);
      await deliveries.stop();
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
