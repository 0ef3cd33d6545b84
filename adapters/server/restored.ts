import { resolve } from 'node:path';
import { createPolicies } from '../../core/index.ts';
import { createRandom } from '../secrets/random.ts';
import { createStore } from '../store/create-store.ts';
import { developmentSettings } from './development.ts';
import { isDevelopment, parseEnvironment } from './environment.ts';

/**
 * Announces that the database was restored from a backup: the epoch becomes the present Unix second, and every instance, visit,
 * ticket and token of before is dead.
 *
 * @returns the new epoch.
 */
export const restored = async (variables: Readonly<Record<string, string | undefined>>): Promise<number> => {
  const development = isDevelopment(variables);
  const environment = parseEnvironment(development ? developmentSettings(variables, resolve('.stepward')).env : variables, development);
  const random = createRandom();
  const uuid = (): string => random.uuid(Date.now());
  const store = await createStore(environment.databaseUrl, {
    now: Date.now,
    uuid,
    warn: (message) => process.stderr.write(`${message}\n`),
  });
  try {
    await store.migrate();
    return await createPolicies({ store, now: Date.now, uuid }).change((set) => {
      const epoch = Math.max(Math.floor(Date.now() / 1000), set.epoch + 1);
      return {
        answer: epoch,
        put: [{ kind: 'epoch', id: 'epoch', body: { epoch } }],
        audit: [{ actor: 'operator', what: 'restored', subject: 'epoch', detail: { epoch } }],
      };
    });
  } finally {
    await store.close();
  }
};
