import type { Rule } from '../../../core/index.ts';
import { segment } from '../../client/transport.ts';
import type { Command, Invocation } from '../command.ts';
import { Failure } from '../failure.ts';
import type { Management } from '../management.ts';
import { table } from '../table.ts';

type ListedRule = Rule & { readonly matches7d?: number; readonly lastMatchedAt?: string };
type Found = { readonly action: string; readonly rule: ListedRule; readonly etag: string | undefined };

const actionPath = (action: string): string => `/action-configurations/${segment('action', action)}`;
const rulePath = ({ action, rule }: Found): string => `${actionPath(action)}/rules/${segment('ruleId', rule.ruleId)}`;

const rulesOf = (management: Management, action: string): Promise<readonly ListedRule[]> =>
  management.list<ListedRule>(`${actionPath(action)}/rules`);

const row = (action: string, rule: ListedRule): readonly string[] => [
  action,
  String(rule.priority),
  rule.isActive ? 'active' : 'inactive',
  rule.mode,
  rule.type,
  rule.name,
  String(rule.matches7d ?? 0),
  rule.ruleId,
];

const list = async ({ words, management, print }: Invocation): Promise<void> => {
  const api = management();
  const [named] = words;
  const actions = named ? [named] : (await api.list<{ actionCode: string }>('/action-configurations')).map(({ actionCode }) => actionCode);
  const rows: (readonly string[])[] = [];
  for (const action of actions) for (const rule of await rulesOf(api, action)) rows.push(row(action, rule));
  if (rows.length === 0) print(named ? `no rules for ${named}` : 'no rules');
  else print(table(['ACTION', 'PRIORITY', 'STATUS', 'MODE', 'OUTCOME', 'NAME', 'MATCHES 7D', 'ID'], rows));
};

const find = async ({ words, management }: Invocation): Promise<Found> => {
  const [action, wanted] = words;
  if (!action || !wanted) throw new Failure(2, 'give the action, and the id or the name of a rule');
  const { etag } = await management().get(actionPath(action));
  const rules = await rulesOf(management(), action);
  const byId = rules.filter(({ ruleId }) => ruleId === wanted);
  const [rule, ...more] = byId.length > 0 ? byId : rules.filter(({ name }) => name === wanted);
  if (!rule) throw new Failure(1, `${action} has no rule \`${wanted}\``);
  if (more.length > 0) throw new Failure(1, `${action} has ${more.length + 1} rules called \`${wanted}\`: give an id`);
  return { action, rule, etag };
};

const change =
  (what: string, body: Partial<Rule>) =>
  async (invocation: Invocation): Promise<void> => {
    const found = await find(invocation);
    await invocation.management().send('PATCH', rulePath(found), body);
    invocation.print(`${found.rule.name}: ${what}`);
  };

const move =
  (to: 'up' | 'down') =>
  async (invocation: Invocation): Promise<void> => {
    const found = await find(invocation);
    await invocation.management().send('POST', `${rulePath(found)}/move`, { to }, found.etag);
    invocation.print(`${found.rule.name}: moved ${to}`);
  };

/** Rules of an action, in their order. */
export const ruleCommands: readonly Command[] = [
  { usage: 'rules list [action]', summary: 'the rules in the order in which they are tried', run: list },
  { usage: 'rules enable <action> <rule>', summary: 'a rule decides again', run: change('active', { isActive: true }) },
  { usage: 'rules disable <action> <rule>', summary: 'a rule decides nothing, and stays', run: change('inactive', { isActive: false }) },
  { usage: 'rules up <action> <rule>', summary: 'one place earlier', run: move('up') },
  { usage: 'rules down <action> <rule>', summary: 'one place later', run: move('down') },
  { usage: 'rules promote <action> <rule>', summary: 'from preview to production', run: change('in production', { mode: 'production' }) },
];
