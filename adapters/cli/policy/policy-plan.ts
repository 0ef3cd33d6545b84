import { canonicalJson } from '../../../core/canonical.ts';
import { segment } from '../../client/transport.ts';
import { Failure } from '../failure.ts';
import type { Management } from '../management.ts';
import type { PolicyFiles } from './policy-files.ts';

type Fields = Readonly<Record<string, unknown>>;
type Listed = Fields & { readonly name: string };

/** One call of the management API, and how it is told. */
export type PolicyStep = {
  readonly told: string;
  readonly method: 'POST' | 'PATCH';
  readonly path: string;
  readonly body: Fields;
  readonly version?: number;
};

const configurations = '/action-configurations';
export const pointsPath = '/custom-data-points';
export const rulesPath = (action: string): string => `${configurations}/${segment('actionCode', action)}/rules`;

/** Fields that the file names and that are otherwise on the server; what it leaves out is the operator's. */
const differing = (wanted: Fields, present: Fields, fixed: readonly string[]): Fields =>
  Object.fromEntries(
    Object.entries(wanted).filter(
      ([field, value]) => !fixed.includes(field) && canonicalJson(value ?? null) !== canonicalJson(present[field] ?? null),
    ),
  );

const shown = (fields: Fields): string =>
  Object.entries(fields)
    .map(([field, value]) => `${field} ${JSON.stringify(value)}`)
    .join(', ');

const change = (what: string, path: string, body: Fields, version?: number): readonly PolicyStep[] =>
  Object.keys(body).length === 0 ? [] : [{ told: `change ${what}: ${shown(body)}`, method: 'PATCH', path, body, version }];

const pointSteps = (points: PolicyFiles['points'], present: readonly Listed[]): readonly PolicyStep[] =>
  points.flatMap((point): readonly PolicyStep[] => {
    const what = `data point ${point.name}`;
    const before = present.find(({ name, modelType }) => name === point.name && modelType === point.modelType);
    if (!before) return [{ told: `create ${what}`, method: 'POST', path: pointsPath, body: point }];
    if (before.dataType !== point.dataType)
      throw new Failure(1, `nothing was changed: the ${what} is there with the type ${before.dataType}, and a type is for ever`);
    return change(what, `${pointsPath}/${segment('id', String(before.id))}`, differing(point, before, ['name', 'dataType', 'modelType']));
  });

type Action = PolicyFiles['actions'][number];

const ruleSteps = ({ configuration: { actionCode }, rules }: Action, present: readonly Listed[]): readonly PolicyStep[] => {
  const path = rulesPath(actionCode);
  const missing = rules.some(({ name }) => !present.some((rule) => rule.name === name));
  const others = present.filter(({ name }) => !rules.some((rule) => rule.name === name)).map(({ name }) => `\`${name}\``);
  // among other rules the order decides what is let through: nobody but the operator can say it
  if (missing && others.length > 0)
    throw new Failure(
      1,
      `nothing was changed: ${actionCode} has rules that policy.json does not name (${others.join(', ')}); ` +
        'add them there in their order, or take this action out of policy.json and add its rules by hand',
    );
  return rules.flatMap((rule): readonly PolicyStep[] => {
    const what = `rule of ${actionCode} \`${rule.name}\``;
    const before = present.find(({ name }) => name === rule.name);
    if (!before) return [{ told: `create ${what}`, method: 'POST', path, body: rule }];
    return change(what, `${path}/${segment('ruleId', String(before.ruleId))}`, differing(rule, before, ['name', 'priority']));
  });
};

const actionSteps = async (action: Action, present: Fields | undefined, management: Management): Promise<readonly PolicyStep[]> => {
  const { configuration } = action;
  const { actionCode } = configuration;
  const rules = present ? await management.list<Listed>(rulesPath(actionCode)) : [];
  const what = `action ${actionCode}`;
  const first = present
    ? change(
        what,
        `${configurations}/${segment('actionCode', actionCode)}`,
        differing(configuration, present, ['actionCode']),
        Number(present.policyVersion),
      )
    : [{ told: `create ${what}`, method: 'POST', path: configurations, body: configuration } as const];
  return [...first, ...ruleSteps(action, rules)];
};

/**
 * What makes the server as the files say: data points before the rules that name them. What the files do not name stays.
 *
 * @throws Failure where that would be the operator's to decide.
 */
export const planPolicy = async ({ points, actions }: PolicyFiles, management: Management): Promise<readonly PolicyStep[]> => {
  const present = await management.list<Fields>(configurations);
  const steps = [...pointSteps(points, await management.list<Listed>(pointsPath))];
  for (const action of actions)
    steps.push(
      ...(await actionSteps(
        action,
        present.find(({ actionCode }) => actionCode === action.configuration.actionCode),
        management,
      )),
    );
  return steps;
};
