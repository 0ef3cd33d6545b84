import { segment } from '../../client/transport.ts';
import type { Command, Invocation } from '../command.ts';
import { Failure } from '../failure.ts';
import { table } from '../table.ts';

type ListedKey = {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly actions?: readonly string[];
  readonly expiresAt?: string | number;
};

const list = async ({ management, print }: Invocation): Promise<void> => {
  const keys = await management().list<ListedKey>('/api-keys');
  if (keys.length === 0) return print('no keys made by the API; those of the environment are not listed');
  const rows = keys.map(({ name, kind, actions, expiresAt, id }) => [
    name,
    kind,
    actions?.join(',') ?? 'every',
    expiresAt === undefined ? 'never' : new Date(expiresAt).toISOString(),
    id,
  ]);
  print(table(['NAME', 'KIND', 'ACTIONS', 'EXPIRES', 'ID'], rows));
};

const create = async ({ words, options, management, print }: Invocation): Promise<void> => {
  const [name] = words;
  if (!name) throw new Failure(2, 'give the new key a name');
  const { key } = await management().send<{ key: string }>('POST', '/api-keys', {
    name,
    kind: options.kind ?? 'server',
    ...(options.actions ? { actions: options.actions.split(',') } : {}),
    ...(options.expires ? { expiresAt: options.expires } : {}),
  });
  print(key);
};

const remove = async ({ words, management, print }: Invocation): Promise<void> => {
  const [id] = words;
  if (!id) throw new Failure(2, 'give the id of the key');
  await management().send('DELETE', `/api-keys/${segment('id', id)}`);
  print(`${id}: deleted`);
};

/** Keys that the management API made. */
export const keyCommands: readonly Command[] = [
  { usage: 'keys list', summary: 'the keys that were made, never their text', run: list },
  {
    usage: 'keys create <name> [--kind server|management] [--actions a,b] [--expires ISO]',
    summary: 'a new key, shown this once',
    options: ['kind', 'actions', 'expires'],
    run: create,
  },
  { usage: 'keys delete <id>', summary: 'a key is refused from now on', run: remove },
];
