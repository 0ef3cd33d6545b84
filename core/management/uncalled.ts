import { type Problem, problem } from '../hosts/problems.ts';
import type { ManagementPorts } from './ports.ts';

/** Why this deployment does not call a server (`must …`), for the field that names it: the guard of webhooks holds for all. */
export const uncalled = ({ webhooks }: Pick<ManagementPorts, 'webhooks'>, pointer: string, url: string | undefined): readonly Problem[] =>
  problem(pointer, url !== undefined && webhooks.refusal(url));
