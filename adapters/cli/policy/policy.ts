import { StepwardError } from '../../../core/index.ts';
import { segment } from '../../client/transport.ts';
import type { Management } from '../management.ts';
import { type PolicyFiles, readPolicyFiles } from './policy-files.ts';
import { planPolicy, pointsPath, rulesPath } from './policy-plan.ts';

type Run = {
  readonly management: Management;
  readonly print: (line: string) => void;
  readonly folder: string;
  readonly dryRun: boolean;
};

type Listed = { readonly id: string; readonly ruleId: string; readonly name: string; readonly modelType: string };

const done = ({ dryRun, print }: Run, count: number): void => {
  if (dryRun) print('a dry run: nothing was changed');
  else print(count === 0 ? 'unchanged' : `${count} changed`);
};

/** Makes the data points, actions and rules of a bundle; run again it does what is missing or different. Throws `Failure`. */
export const applyPolicy = async (run: Run): Promise<void> => {
  const { management, print, folder, dryRun } = run;
  const steps = await planPolicy(readPolicyFiles(folder), management);
  for (const { told, method, path, body, version } of steps) {
    print(told);
    if (!dryRun) await management.send(method, path, body, version === undefined ? undefined : `"${version}"`);
  }
  done(run, steps.length);
};

const removals = async ({ points, actions }: PolicyFiles, management: Management): Promise<readonly { told: string; path: string }[]> => {
  const known = new Set((await management.list<{ actionCode: string }>('/action-configurations')).map(({ actionCode }) => actionCode));
  const steps: { told: string; path: string }[] = [];
  for (const { configuration, rules } of actions) {
    if (!known.has(configuration.actionCode)) continue;
    const path = rulesPath(configuration.actionCode);
    const listed = await management.list<Listed>(path);
    for (const { ruleId, name } of listed.filter((rule) => rules.some((wanted) => wanted.name === rule.name)))
      steps.push({ told: `rule of ${configuration.actionCode} \`${name}\``, path: `${path}/${segment('ruleId', ruleId)}` });
  }
  const present = await management.list<Listed>(pointsPath);
  for (const { id, name } of present.filter((point) => points.some((one) => one.name === point.name && one.modelType === point.modelType)))
    steps.push({ told: `data point ${name}`, path: `${pointsPath}/${segment('id', id)}` });
  return steps;
};

/** Takes away the rules and data points that a bundle names; settings of actions stay, because other hosts may track them. */
export const removePolicy = async (run: Run): Promise<void> => {
  const { management, print, folder, dryRun } = run;
  const files = readPolicyFiles(folder);
  let count = 0;
  for (const { told, path } of await removals(files, management)) {
    try {
      if (!dryRun) await management.send('DELETE', path);
      print(`remove ${told}`);
      count += 1;
    } catch (error) {
      if (!(error instanceof StepwardError) || error.code !== 'in_use') throw error;
      print(`keep ${told}: ${error.message}`);
    }
  }
  for (const { configuration } of files.actions) print(`action ${configuration.actionCode}: its settings stay`);
  done(run, count);
};
