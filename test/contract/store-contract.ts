import { describe } from 'vitest';
import { counting } from './store/counting.ts';
import { deliveries } from './store/deliveries.ts';
import { documents } from './store/documents.ts';
import { nodes } from './store/nodes.ts';
import type { Subject } from './store/place.ts';
import { providerState } from './store/provider-state.ts';
import { queries } from './store/queries.ts';
import { snapshots } from './store/snapshots.ts';
import { transactions } from './store/transactions.ts';

/** What every store must do; a new one is finished when it passes. */
export const storeContract = (name: string, subject: Subject): void => {
  describe(name, () => {
    transactions(subject);
    counting(subject);
    queries(subject);
    snapshots(subject);
    documents(subject);
    deliveries(subject);
    providerState(subject);
    nodes(subject);
  });
};
