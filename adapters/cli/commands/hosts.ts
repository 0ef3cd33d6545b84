import type { Command } from '../command.ts';
import { Failure } from '../failure.ts';

/** OIDC clients, upstreams and Auth0 tenants, kept as a file. */
export const hostCommands: readonly Command[] = [
  {
    usage: 'hosts pull [file]',
    summary: 'OIDC clients, upstreams and Auth0 tenants as a file, without secrets',
    run: async ({ words: [file], management, print }) => {
      const { pull } = await import('../hosts/pull.ts');
      await pull(management(), file, print);
    },
  },
  {
    usage: 'hosts apply <file> [--dry-run] [--prune]',
    summary: 'makes them as the file says; what it does not name stays without --prune',
    flags: ['dry-run', 'prune'],
    run: async ({ words: [file], flags, env, management, print }) => {
      if (file === undefined) throw new Failure(2, 'give the file that `hosts pull` writes');
      const { apply } = await import('../hosts/apply.ts');
      await apply({ management: management(), env, print, file, dryRun: flags.has('dry-run'), prune: flags.has('prune') });
    },
  },
];
