import type { Command } from '../command.ts';
import { Failure } from '../failure.ts';

/** Loads the policy files that another command of this host writes: `made` names what has them, `by` the command. */
export const policyCommand = (host: string, { made, by }: { readonly made: string; readonly by: string }): Command => ({
  usage: `${host} policy <folder> [--dry-run] [--remove]`,
  summary: `makes the data points, actions and rules that ${made} names, or removes rules and data points`,
  flags: ['dry-run', 'remove'],
  run: async ({ words: [folder], flags, management, print }) => {
    if (folder === undefined) throw new Failure(2, `give the folder that \`${by}\` writes`);
    const { applyPolicy, removePolicy } = await import('./policy.ts');
    const run = { management: management(), print, folder, dryRun: flags.has('dry-run') };
    await (flags.has('remove') ? removePolicy(run) : applyPolicy(run));
  },
});
