import { parseArgs } from 'node:util';
import { StepwardError } from '../../core/index.ts';
import type { Command } from './command.ts';
import { auth0Commands } from './commands/auth0.ts';
import { hostCommands } from './commands/hosts.ts';
import { keycloakCommands } from './commands/keycloak.ts';
import { keyCommands } from './commands/keys.ts';
import { providerKeyCommands } from './commands/provider-keys.ts';
import { ruleCommands } from './commands/rules.ts';
import { serverCommands } from './commands/server.ts';
import { Failure } from './failure.ts';
import { createManagement } from './management.ts';
import { accessFrom, type Environment } from './settings.ts';

/** What a run of the command line may touch. */
export type World = {
  readonly env: Environment;
  /** Where `.stepward/env` is looked for. */
  readonly folder: string;
  readonly print: (line: string) => void;
  readonly complain: (line: string) => void;
};

const commands: readonly Command[] = [
  ...serverCommands,
  ...ruleCommands,
  ...keyCommands,
  ...providerKeyCommands,
  ...hostCommands,
  ...auth0Commands,
  ...keycloakCommands,
];

const usage = (): string => {
  const width = Math.max(...commands.map((command) => command.usage.length).filter((length) => length < 40));
  const lines = commands.map(({ usage: how, summary }) =>
    how.length > width ? `  stepward ${how}\n  ${' '.repeat(width + 9)}  ${summary}` : `  stepward ${how.padEnd(width)}  ${summary}`,
  );
  return [...lines, '', 'STEPWARD_URL and STEPWARD_MANAGEMENT_KEYS say where and who; else `.stepward/env` does.'].join('\n');
};

/** The words of a command that are always the same: `rules list` of `rules list [action]`. */
const nameOf = ({ usage: how }: Command): readonly string[] => how.split(' ').filter((word) => /^[a-z][a-z0-9]*$/.test(word));

const commandOf = (words: readonly string[]): Command | undefined =>
  commands.find((command) => nameOf(command).every((word, index) => words[index] === word)) ??
  commands.find((command) => nameOf(command)[0] === words[0] && nameOf(command)[1] === 'list' && words.length === 1);

const parse = (args: readonly string[]) => {
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean' } as const;
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        kind: text,
        actions: text,
        expires: text,
        ahead: text,
        out: text,
        url: text,
        action: text,
        'refresh-action': text,
        mode: text,
        'failure-policy': text,
        'claim-namespace': text,
        realm: text,
        layout: text,
        'pages-origin': text,
        'server-key': text,
        fallback: text,
        'step-up-seconds': text,
        set: text,
        leave: text,
        except: text,
        clients: text,
        record: text,
        prune: flag,
        remove: flag,
        'dry-run': flag,
        status: flag,
        refresh: flag,
        untried: flag,
        'include-admins': flag,
      },
    });
  } catch (error) {
    throw new Failure(2, (error as Error).message.split('. ')[0] ?? 'the options are wrong');
  }
};

const messageOf = (error: unknown): string => {
  if (error instanceof StepwardError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
};

/** Runs one command. Answers the exit code: 0 done, 1 failed, 2 called wrongly or something is left to do. */
export const run = async (args: readonly string[], { env, folder, print, complain }: World): Promise<0 | 1 | 2> => {
  try {
    const { values, positionals } = parse(args);
    const command = commandOf(positionals);
    if (values.help || positionals.length === 0) {
      print(command?.help ? [`stepward ${command.usage}`, command.summary, '', ...command.help].join('\n') : usage());
      return values.help ? 0 : 2;
    }
    if (!command) throw new Failure(2, `no command \`${positionals.join(' ')}\`: see \`stepward --help\``);
    const { help: _, ...given } = values;
    const flags = new Set(Object.keys(given).filter((name) => given[name as keyof typeof given] === true));
    const options = Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
    const foreign =
      [...flags].find((flag) => !command.flags?.includes(flag)) ??
      Object.keys(options).find((option) => !command.options?.includes(option));
    if (foreign) throw new Failure(2, `\`${nameOf(command).join(' ')}\` has no option \`--${foreign}\``);
    const words = positionals.slice(nameOf(command).length);
    let exitCode: 0 | 2 = 0;
    const leaveWith = (code: 2): void => {
      exitCode = code;
    };
    await command.run({ words, options, flags, env, print, leaveWith, management: () => createManagement(accessFrom(env, folder)) });
    return exitCode;
  } catch (error) {
    complain(`stepward: ${messageOf(error).replaceAll('\n', ' ')}`);
    return error instanceof Failure ? error.exitCode : 1;
  }
};
