import { requireNode } from '../../scripts/require-node.js';

/** Runs once before all tests. */
export const setup = (): void => requireNode();
