import type { Command, Invocation } from '../command.ts';
import { Failure } from '../failure.ts';
import { policyCommand } from '../policy/command.ts';

/** What says how the realm should be; the same for every command that plans. */
const installOptionNames = [
  'realm',
  'layout',
  'url',
  'pages-origin',
  'server-key',
  'action',
  'failure-policy',
  'fallback',
  'step-up-seconds',
  'set',
  'leave',
  'except',
  'clients',
] as const;

const help = [
  '  --realm <name>              the realm; its service account is in STEPWARD_KEYCLOAK_CLIENT_ID and _SECRET, its server in STEPWARD_KEYCLOAK_URL',
  '  --url <address>             of Stepward; without it the setting stays, or Keycloak’s own configuration says it',
  '  --pages-origin <origin>     where the pages of Stepward are, if not there',
  `  --server-key <reference>    \${vault.<name>}; without it the setting stays, or Keycloak’s own configuration has it`,
  '  --action <code>             action of logins, `signIn` unless said; resets are `passwordReset`',
  '  --layout risk|acr           acr: `acr_values` is answered too, without the password again',
  '  --step-up-seconds <n>       layout acr: how long a step-up counts in a session, 300 unless said',
  '  --failure-policy <policy>   deny (unless said otherwise), allow or fallback',
  '  --fallback <types>          credentials that stand in under fallback: otp (unless said otherwise), webauthn, recovery-authn-codes',
  '  --set <name=value,…>        deadlineMs, connectTimeoutMs, maxAttempts, ssoReuseSeconds, deviceCookie, sendRoles, sendGroups',
  '  --leave <ways>              direct-grant, reset-credentials, identity-providers: stay as they are',
  '  --except <clients>          clients whose own flows stay as they are',
  '  --clients <clients>         a trial: these clients alone get the flows, the realm does not',
  '  --include-admins            the realm `master` and the flow of `security-admin-console` too',
  '',
  'Exit code: 0 all is so, 2 something is to be changed (and where the command is called wrongly), 1 it failed. docs/keycloak.md has more.',
];

const realmOf = ({ words, options }: Invocation): string => {
  if (words.length > 0) throw new Failure(2, 'it takes options alone');
  if (!options.realm) throw new Failure(2, 'give the realm: `--realm <name>`');
  return options.realm;
};

const runOf = async (invocation: Invocation) => {
  const { installOptions } = await import('../keycloak/options.ts');
  const { env, print, options, flags } = invocation;
  return { env, print, realm: realmOf(invocation), options: installOptions(options, flags) };
};

const stamp = (): string => new Date().toISOString().replaceAll(/[:.]/g, '-');
const recordPath = (realm: string, given: string | undefined): string =>
  given ?? `stepward-keycloak-${realm.replaceAll(/[^\w-]/g, '_')}-${stamp()}.json`;

const commands: readonly Command[] = [
  {
    usage: 'keycloak plan --realm <name> …',
    summary: 'what `apply` would change in a realm, and which ways into it stay uncovered; `--help` has the options',
    options: installOptionNames,
    flags: ['include-admins', 'refresh'],
    help,
    run: async (invocation) => {
      const { plan } = await import('../keycloak/run.ts');
      if ((await plan(await runOf(invocation))) === 'changes') invocation.leaveWith(2);
    },
  },
  {
    usage: 'keycloak apply --realm <name> [--refresh] [--untried] [--record <file>] …',
    summary: 'puts Stepward into every login of a realm; nothing is bound before a login was tried, and again it changes nothing',
    options: [...installOptionNames, 'record'],
    flags: ['include-admins', 'refresh', 'untried'],
    help: [
      '  --refresh                   flows that differ from what they were made from are made anew',
      '  --untried                   binds without a login that is tried: where a password alone does not sign in',
      '  --record <file>             where what was bound before is written, mode 0600; a name of its own unless said',
      ...help,
    ],
    run: async (invocation) => {
      const { apply } = await import('../keycloak/run.ts');
      const run = await runOf(invocation);
      const about = { record: recordPath(run.realm, invocation.options.record), isTried: !invocation.flags.has('untried') };
      if ((await apply(run, about)) === 'changes') invocation.leaveWith(2);
    },
  },
  {
    usage: 'keycloak verify --realm <name> [--untried] …',
    summary: 'whether a realm is as `apply` leaves it, whether a login through it is asked for, and what looks wrong',
    options: installOptionNames,
    flags: ['include-admins', 'untried'],
    help,
    run: async (invocation) => {
      const { verify } = await import('../keycloak/verify.ts');
      const { management, flags } = invocation;
      if ((await verify(await runOf(invocation), { management, isTried: !flags.has('untried') })) === 'changes') invocation.leaveWith(2);
    },
  },
  {
    usage: 'keycloak uninstall --realm <name> [--dry-run] [--record <file>]',
    summary: 'puts a realm back as it was; what somebody bound since stays',
    options: ['realm', 'record'],
    flags: ['dry-run'],
    run: async (invocation) => {
      const { uninstall } = await import('../keycloak/run.ts');
      const { env, print, options, flags } = invocation;
      const about = { record: options.record, isDry: flags.has('dry-run') };
      if ((await uninstall({ env, print, realm: realmOf(invocation) }, about)) === 'changes') invocation.leaveWith(2);
    },
  },
  {
    usage: 'keycloak export --realm <name> [--out <folder>] …',
    summary: 'the realm as it would be, to be imported elsewhere; data points and a policy for Stepward',
    options: [...installOptionNames, 'out'],
    flags: ['include-admins'],
    help: ['  --out <folder>              where the files go, `keycloak` unless said', ...help],
    run: async (invocation) => {
      const { exportRealm } = await import('../keycloak/run.ts');
      await exportRealm(await runOf(invocation), invocation.options.out ?? 'keycloak');
    },
  },
  policyCommand('keycloak', { made: 'an export', by: 'keycloak export' }),
];

/** What brings Stepward to a realm of Keycloak. */
export const keycloakCommands: readonly Command[] = commands.map((command) => ({
  ...command,
  run: async (invocation) => {
    const { tellingWhatWasRefused } = await import('../keycloak/refused.ts');
    await tellingWhatWasRefused(() => command.run(invocation));
  },
}));
