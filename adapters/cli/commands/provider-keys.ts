import type { Command, Invocation } from '../command.ts';
import { Failure } from '../failure.ts';
import { table } from '../table.ts';

type Step = 'create' | 'publish' | 'sign' | 'remove';
type Rotation = {
  readonly done?: Step;
  readonly next: { readonly step: Step; readonly at: string };
  readonly keys: readonly {
    readonly kid: string;
    readonly alg: string;
    readonly state: string;
    readonly since: string;
    readonly until?: string;
  }[];
};

const path = '/oidc-keys';

const told: Readonly<Record<Step, string>> = {
  create: 'created: the first keys of the OpenID provider sign from now on',
  publish: 'published: new keys are in the key set, and sign nothing yet',
  sign: 'signing: the new keys sign from now on, the old ones stay in the key set',
  remove: 'removed: the old keys are out of the key set; the rotation is done',
};
const coming: Readonly<Record<Step, string>> = {
  create: 'the first keys are made',
  publish: 'a rotation begins: new keys are published',
  sign: 'the new keys sign',
  remove: 'the old keys are removed',
};

const show = ({ keys, next }: Rotation, print: Invocation['print'], now: number): void => {
  if (keys.length > 0) {
    const rows = keys.map(({ state, alg, since, until = '', kid }) => [state, alg, since, until, kid]);
    print(table(['STATE', 'ALG', 'SINCE', 'AT LEAST UNTIL', 'KID'], rows));
  }
  print(`next: ${coming[next.step]}, ${Date.parse(next.at) > now ? `from ${next.at}` : 'by `stepward keys rotate`, at any time'}`);
};

/** Hours, as an option says them, in seconds. */
const ahead = (hours: string | undefined): number | undefined => {
  if (hours === undefined) return undefined;
  if (!/^\d{1,3}$/.test(hours)) throw new Failure(2, '`--ahead` is a number of hours, 1 to 744');
  return Number(hours) * 3600;
};

const rotate = async ({ words, options, flags, management, print }: Invocation): Promise<void> => {
  if (words.length > 0) throw new Failure(2, '`keys rotate` takes no word');
  if (flags.has('status')) return show((await management().get<Rotation>(path)).value, print, Date.now());
  const publishedFor = ahead(options.ahead);
  const rotation = await management().send<Rotation>('POST', `${path}/rotate`, publishedFor === undefined ? {} : { publishedFor });
  print(rotation.done ? told[rotation.done] : 'nothing was due');
  show(rotation, print, Date.now());
};

/** Keys that the OpenID provider signs with. */
export const providerKeyCommands: readonly Command[] = [
  {
    usage: 'keys rotate [--status] [--ahead <hours>]',
    summary: 'the next step with the keys that the OpenID provider signs with, once it is due; `--status` only looks',
    flags: ['status'],
    options: ['ahead'],
    run: rotate,
  },
];
