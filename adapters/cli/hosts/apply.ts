import { StepwardError } from '../../../core/index.ts';
import { Failure } from '../failure.ts';
import type { Management } from '../management.ts';
import type { Environment } from '../settings.ts';
import { checkHosts } from './check.ts';
import { type Refusal, readHosts, refuseFile } from './file.ts';
import { planHosts, type Step } from './plan.ts';
import { presentHosts } from './present.ts';

type Run = {
  readonly management: Management;
  readonly env: Environment;
  readonly print: (line: string) => void;
  readonly file: string;
  readonly dryRun: boolean;
  readonly prune: boolean;
};

const unsetSecrets = (steps: readonly Step[], env: Environment): readonly Refusal[] =>
  steps.flatMap(({ secrets, pointer }) =>
    (secrets?.envs ?? []).flatMap((name, index) =>
      env[name]
        ? []
        : [
            {
              pointer: `${pointer}/${secrets?.entry}${secrets?.isList ? `/${index}` : ''}`,
              expected: `names \`${name}\`, which is not set in the environment`,
            },
          ],
    ),
  );

const shown = (value: unknown): string => (value === undefined ? 'absent' : JSON.stringify(value));

const tell = ({ kind, what, fields, secrets }: Step, print: Run['print']): void => {
  print(`${kind} ${what}`);
  for (const { field, from, to } of fields) print(`  ${field}: ${shown(from)} -> ${shown(to)}`);
  if (secrets) print(`  ${secrets.isList ? 'secrets' : 'secret'}: from ${secrets.envs.join(', ')}`);
};

type Details = readonly { readonly pointer?: unknown; readonly expected?: unknown }[];

/** A secret is not in the file, but the name of the variable that it was read from. */
const inFile = (pointer: string): string => pointer.replace(/^\/clientSecret$/, '/clientSecretEnv').replace(/^\/secrets\b/, '/secretEnvs');

/** The server's refusal with its place in the file. */
const refusedAt = (file: string, { what, pointer = '' }: Step, error: unknown, done: number): unknown => {
  if (!(error instanceof StepwardError)) return error;
  const [first] = (error.extras.details ?? []) as Details;
  const place = typeof first?.pointer === 'string' ? `${pointer}${inFile(first.pointer)}` : pointer;
  const before = done === 0 ? 'nothing was changed' : `${done} before it ${done === 1 ? 'is' : 'are'} done`;
  return new Failure(1, `${file}: ${what} is refused${place && ` at ${place}`}, ${before}: ${error.code}: ${error.message}`);
};

/** Sends one step; whether it changed something. A secret that is live already changes nothing. */
const send = async ({ management, env }: Run, { method, path, body, version, secrets }: Step): Promise<boolean> => {
  const values = secrets?.envs.map((name) => env[name]) ?? [];
  const sent = secrets === undefined ? body : { ...body, [secrets.field]: secrets.isList ? values : values[0] };
  const answer = await management.send<{ readonly version?: number }>(
    method,
    path,
    sent,
    version === undefined ? undefined : `"${version}"`,
  );
  return method !== 'PATCH' || answer.version !== version;
};

/** Whether a step shows a change of its own, or only brings a secret that may be live already. */
const isTold = ({ kind, fields }: Step): boolean => kind !== 'change' || fields.length > 0;

/**
 * Makes the server's OIDC clients, upstreams and Auth0 tenants as the file says, and tells each change. What the file does not name stays unless it
 * is to be pruned.
 *
 * @throws Failure with its place, before anything is changed where that can be known.
 */
export const apply = async (run: Run): Promise<void> => {
  const { management, env, print, file, dryRun, prune } = run;
  const hosts = readHosts(file);
  const present = await presentHosts(management);
  refuseFile(file, checkHosts(hosts, present));
  const { steps, surplus } = planHosts(hosts, present);
  if (!dryRun) refuseFile(file, unsetSecrets(steps, env));
  let done = 0;
  for (const step of [...steps, ...(prune ? surplus : [])]) {
    if (isTold(step)) tell(step, print);
    if (dryRun && step.secrets && !isTold(step)) {
      const { isList, envs } = step.secrets;
      print(
        `check ${step.what}: ${isList ? 'the secrets' : 'the secret'} in ${envs.join(', ')} ${isList ? 'are' : 'is'} made live where ${isList ? 'they are' : 'it is'} not`,
      );
    }
    if (dryRun) continue;
    try {
      if (!(await send(run, step))) continue;
    } catch (error) {
      throw refusedAt(file, step, error, done);
    }
    if (!isTold(step)) tell(step, print);
    done += 1;
  }
  if (!prune) for (const { what } of surplus) print(`not in the file: ${what}; it stays without --prune`);
  if (dryRun) print('a dry run: nothing was changed');
  else print(done === 0 ? 'unchanged' : `${done} changed`);
};
