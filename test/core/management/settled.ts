import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '../../../adapters/secrets/random.ts';
import { createSecrets } from '../../../adapters/secrets/secrets.ts';
import { createStore } from '../../../adapters/store/create-store.ts';
import {
  createManagement,
  createPolicies,
  type Management,
  type ManagementPorts,
  type Policies,
  type Stepward,
} from '../../../core/index.ts';
import type { Store } from '../../../core/ports/store.ts';

export type Settled = {
  readonly management: Management;
  readonly policies: Policies;
  readonly store: Store;
  readonly stop: () => Promise<void>;
};

/** Management over a real store; what it must not reach throws. */
export const settled = async (now: () => number, ports: Partial<ManagementPorts> = {}): Promise<Settled> => {
  const folder = await mkdtemp(join(tmpdir(), 'stepward-management-'));
  const random = createRandom();
  const uuid = (): string => random.uuid(now());
  const store = await createStore(`sqlite:${folder}/stepward.db`, { now, uuid, warn: () => undefined });
  await store.migrate();
  const policies = createPolicies({ store, now, uuid });
  const management = createManagement({
    policies,
    store,
    stepward: {} as Stepward,
    secrets: createSecrets({ keys: [{ id: 'k1', key: new Uint8Array(32).fill(7) }] }),
    tenantId: 'test',
    publicUrl: 'https://stepward.example',
    anyLoopbackRedirect: false,
    now,
    uuid,
    randomBytes: (length) => random.bytes(length),
    evaluate: () => Promise.reject(new Error('not evaluated here')),
    ip: { available: () => new Set() },
    emailEnabled: false,
    providerKeys: {
      list: () => Promise.reject(new Error('no keys here')),
      rotate: () => Promise.reject(new Error('no keys here')),
    },
    webhooks: { refusal: () => undefined, send: () => Promise.reject(new Error('nothing is sent here')) },
    ...ports,
  });
  return {
    management,
    policies,
    store,
    stop: async () => {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
};
