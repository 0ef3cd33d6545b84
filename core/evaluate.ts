import { decide } from './decide.ts';
import { activeMethods, enrolledMethods } from './enrolled.ts';
import { StepwardError } from './errors.ts';
import type { Evaluate } from './management/ports.ts';
import { compileAction } from './policy/compiled.ts';
import { activityLoad, prepare, signalInput } from './prepare.ts';
import { explained } from './read-models.ts';
import type { Ports } from './settings.ts';

/** Decides as track would now, with other rules if given, and explains; stores nothing and teaches nothing. */
export const createEvaluate =
  (ports: Ports): Evaluate =>
  async (action, { userId = 'evaluation', attributes, rules }) => {
    const set = await ports.policies.fresh();
    const policy = set.actions.get(action);
    if (!policy) throw new StepwardError('not_found', `no action \`${action}\``);
    const tried = rules ? { ...policy, rules } : policy;
    const compiled = compileAction(set, tried);
    const now = ports.clock.now();
    const prepared = prepare(ports, set, { ...attributes, userId, action });
    const activity = activityLoad(ports, compiled, prepared, now);
    const [user, counts, distinct] = await Promise.all([
      ports.store.user(userId),
      ports.store.counts(activity.load.counts ?? []),
      ports.store.distinct(activity.load.distinct ?? []),
    ]);
    const loaded = { user, counts, distinct, instance: undefined, approvals: [], revision: set.revision };
    const input = signalInput(
      ports,
      set,
      compiled,
      prepared,
      user,
      enrolledMethods(user, activeMethods(ports, set)),
      activity.read(loaded),
      now,
    );
    const { decision } = decide({
      compiled,
      input,
      ignored: prepared.ignored,
      dataVersions: ports.ip.versions().map(({ file, version }) => `${file}@${version}`),
      hash: (value) => ports.secrets.hash('signal', value),
    });
    return explained(set, tried, decision);
  };
