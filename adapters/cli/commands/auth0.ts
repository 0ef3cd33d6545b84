import type { Command } from '../command.ts';
import { Failure } from '../failure.ts';
import { policyCommand } from '../policy/command.ts';

/** What brings Stepward to an Auth0 tenant. */
export const auth0Commands: readonly Command[] = [
  {
    usage: 'auth0 bundle [--out <folder>] [--mode redirect|native] …',
    summary: 'the Action for Auth0, files for auth0-deploy-cli and Terraform, a sample policy; `--help` has the options',
    options: ['out', 'url', 'action', 'refresh-action', 'mode', 'failure-policy', 'claim-namespace'],
    help: [
      '  --out <folder>              where the files go, `auth0` unless said; what is not of this command is never overwritten',
      '  --url <origin>              https origin of Stepward; without it STEPWARD_URL is a keyword or a variable',
      '  --action <code>             action of sign-ins, `signIn` unless said',
      '  --refresh-action <code>     action of refreshes, `tokenRefresh` unless said',
      '  --mode redirect|native      who challenges: the page of Stepward (unless said otherwise), or the factors of Auth0',
      '  --failure-policy <policy>   deny (unless said otherwise), allow or fallback; or one an action: signIn=deny,tokenRefresh=allow',
      '  --claim-namespace <url>     where the Action may put claims; none unless said',
      '',
      'No secret is in any file. docs/auth0.md says where each goes.',
    ],
    run: async ({ words, options, print }) => {
      if (words.length > 0) throw new Failure(2, '`auth0 bundle` takes options alone');
      const { auth0Settings } = await import('../auth0/settings.ts');
      const { actionFile } = await import('../auth0/action-file.ts');
      const { bundle } = await import('../auth0/bundle.ts');
      bundle(options.out ?? 'auth0', auth0Settings(options), actionFile(), print);
    },
  },
  policyCommand('auth0', { made: 'a bundle', by: 'auth0 bundle' }),
];
