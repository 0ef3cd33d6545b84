import { type Composed, compose } from '../../../adapters/server/compose.ts';
import type { Message } from '../../../core/ports/delivery.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { createWorld, type World } from '../../support/stepward.ts';

/** A second process on the database of a world: it shares nothing else with it but the clock. */
export const secondNode = async (world: World): Promise<Composed> => {
  const composed = await compose(world.environment, {
    now: world.now,
    warn: () => undefined,
    observe: () => undefined,
    write: () => undefined,
  });
  Object.assign(composed.ports.delivery, { send: async (message: Message) => void (world.mails as Message[]).push(message) });
  return composed;
};

export type Nodes = { readonly world: World; readonly nodes: readonly [Composed, Composed]; end(): Promise<void> };

/** Two nodes on one database; no `url`: a SQLite file of their own. */
export const twoNodes = async (url?: string): Promise<Nodes> => {
  const world = await createWorld(url === undefined ? {} : { databaseUrl: url });
  const other = await secondNode(world);
  return {
    world,
    nodes: [world, other],
    end: async () => {
      await other.close();
      await world.end();
    },
  };
};

export const storeNames = ['SQLite', 'PostgreSQL'] as const;

/** Databases by name, started when first asked for; undefined where this machine has none. */
export const createDatabases = () => {
  let postgres: Promise<TestPostgres | undefined> | undefined;
  return {
    nodes: async (name: (typeof storeNames)[number]): Promise<Nodes | undefined> => {
      if (name === 'SQLite') return twoNodes();
      postgres ??= startPostgres();
      const started = await postgres;
      return started && twoNodes(await started.database());
    },
    stop: async () => {
      await (await postgres)?.stop();
    },
  };
};
