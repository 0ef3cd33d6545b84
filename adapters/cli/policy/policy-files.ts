import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../failure.ts';

const named = z.looseObject({ name: z.string().min(1) });
const pointFile = z.array(z.looseObject({ ...named.shape, dataType: z.string(), modelType: z.string().default('action') }));
const policyFile = z.strictObject({
  actions: z.array(z.strictObject({ configuration: z.looseObject({ actionCode: z.string().min(1) }), rules: z.array(named).default([]) })),
});

/** `datapoints.json` and `policy.json`; what each body may say is left to the server. */
export type PolicyFiles = { readonly points: z.output<typeof pointFile>; readonly actions: z.output<typeof policyFile>['actions'] };

const read = <S extends z.ZodType>(file: string, schema: S): z.output<S> => {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new Failure(1, `${file} cannot be read, or is not valid JSON`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Failure(1, `${file} is refused at /${issue?.path.join('/')}: ${issue?.message}`);
};

/** Reads both files of a bundle, as it was written or since changed. Throws `Failure`. */
export const readPolicyFiles = (folder: string): PolicyFiles => ({
  points: read(join(folder, 'datapoints.json'), pointFile),
  actions: read(join(folder, 'policy.json'), policyFile).actions,
});
