import { z } from 'zod';
import { StepwardError } from '../../../core/index.ts';
import { bodyOf } from '../parse.ts';
import { type Body, defineRoute, ok, type Route } from '../route.ts';
import { Explanation, isoTime, optional, outcome, time, userId } from '../shapes.ts';
import { type TrackBody, trackBody } from '../track-body.ts';
import { configurationPaths } from './action-configurations.ts';
import { ruleFields } from './policy-shapes.ts';

const scope = 'management';
const DAY = 86_400_000;

const around = z.object({
  userId: optional(userId),
  rules: optional(z.array(z.object({ ruleId: z.string().max(255).optional(), ...ruleFields })).max(100)),
});

type Evaluation = z.output<typeof around> & { readonly attributes: TrackBody['request'] };

const evaluationBody: Body<Evaluation> = {
  schema: around.extend({ attributes: trackBody.schema }),
  parse: ({ attributes = {}, ...rest }) => {
    if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes))
      throw new StepwardError('invalid_request', '`attributes` must be an object');
    return { ...bodyOf(around).parse(rest), attributes: trackBody.parse(attributes as Readonly<Record<string, unknown>>).request };
  },
};

const counts = {
  evaluated: z.number(),
  matched: z.number(),
  unknown: z.number(),
  errors: z.number(),
  decidesAlone: z.number(),
  wins: z.number(),
  changes: z.number(),
  users: z.number(),
};

const Impact = z.looseObject({
  ruleId: z.string(),
  name: z.string(),
  ...counts,
  perDay: z.array(z.object({ day: z.string(), ...counts })),
  sample: z.array(z.object({ userId: z.string(), idempotencyKey: z.string(), createdAt: isoTime, live: outcome, preview: outcome })),
});

const versionNumber = (text: string): number => (/^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : 0);

export const policyToolRoutes: readonly Route[] = configurationPaths.flatMap((base) => [
  defineRoute({
    method: 'GET',
    path: `${base}/{code}/versions`,
    scope,
    summary: 'List the frozen versions of a policy, newest first',
    response: z.array(z.object({ version: z.number(), createdAt: isoTime })),
    handler: async ({ params }, { management }) => ok(await management.listVersions(params.code)),
  }),
  defineRoute({
    method: 'GET',
    path: `${base}/{code}/versions/{version}`,
    scope,
    summary: 'Read a frozen version of a policy',
    response: z.looseObject({ version: z.number(), configuration: z.looseObject({}), rules: z.array(z.looseObject({})) }),
    handler: async ({ params }, { management }) => ok(await management.getVersion(params.code, versionNumber(params.version))),
  }),
  defineRoute({
    method: 'POST',
    path: `${base}/{code}/evaluate`,
    scope,
    summary: 'Explain what would be decided now; stores nothing',
    body: evaluationBody,
    response: Explanation,
    handler: async ({ params, body }, { management }) => ok(await management.evaluate(params.code, body)),
  }),
  defineRoute({
    method: 'GET',
    path: `${base}/{code}/preview-impact`,
    scope,
    summary: 'What rules in preview would have done',
    query: z.object({ from: time.optional(), to: time.optional() }),
    response: z.array(Impact),
    handler: async ({ params, query }, { management, now }) => {
      const to = query.to ?? now();
      return ok(await management.previewImpact(params.code, { from: query.from ?? to - 6 * DAY, to }));
    },
  }),
]);
