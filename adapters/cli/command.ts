import type { Management } from './management.ts';
import type { Environment } from './settings.ts';

/** What a command is given: its words, its options, and the world. */
export type Invocation = {
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string | undefined>>;
  /** Those of the command's own `flags` that were given. */
  readonly flags: ReadonlySet<string>;
  readonly env: Environment;
  /** Made when it is asked for: not every command needs a key. */
  readonly management: () => Management;
  readonly print: (line: string) => void;
  /** Ends with 2 where all went well and something is left to do, so that a script can tell. */
  readonly leaveWith: (exitCode: 2) => void;
};

/** One command: how it is called, what it does, how it does it. */
export type Command = {
  readonly usage: string;
  readonly summary: string;
  /** Options without a value; given to another command they are refused, since who says `--dry-run` expects that nothing happens. */
  readonly flags?: readonly string[];
  /** Options with a value; given to another command they are refused too. */
  readonly options?: readonly string[];
  /** More lines, for `--help` behind the command's name. */
  readonly help?: readonly string[];
  readonly run: (invocation: Invocation) => Promise<void>;
};
