import { z } from 'zod';
import { defineRoute, ok, type Route } from '../route.ts';
import { failurePolicy, isoTime, method, outcome, state } from '../shapes.ts';
import { trackBody } from '../track-body.ts';

const TrackAnswer = z.looseObject({
  idempotencyKey: z.string(),
  state: z.union([state, z.literal('REVIEW')]),
  url: z.string(),
  token: z.string(),
  isEnrolled: z.boolean(),
  enrolledVerificationMethods: z.array(method),
  allowedVerificationMethods: z.array(method),
  defaultVerificationMethod: method.optional(),
  ruleIds: z.array(z.string()),
  outcome,
  recommendation: z.object({ outcome, score: z.number(), level: z.enum(['low', 'medium', 'high']), reasons: z.array(z.string()) }),
  previewMatches: z.array(z.object({ ruleId: z.string(), name: z.string(), outcome, decidesAlone: z.boolean() })),
  previewWinner: z.object({ ruleId: z.string(), outcome }).optional(),
  degraded: z.array(z.object({ signal: z.string(), cause: z.string() })),
  ignored: z.array(z.object({ attribute: z.string(), reason: z.string() })),
  policyVersion: z.number(),
  failurePolicy,
  expiresAt: isoTime,
  canEnroll: z.boolean(),
  decidedBy: z.string(),
  verificationMethod: z.literal('DEVICE').optional().meta({ description: 'an ALLOW that an earlier proof on this device met' }),
  restsOn: method.optional().meta({ description: 'the method of that proof, whose `acr`, `amr` and `authTime` these are' }),
  acr: z.string().optional(),
  amr: z.array(z.string()).optional().meta({ description: 'of an ALLOW; `rba`: risk took part in the decision' }),
  authTime: isoTime.optional(),
});

export const trackRoutes: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: '/v1/users/{userId}/actions/{action}',
    scope: 'server',
    sdk: 'track',
    summary: 'Report an action and get a decision',
    body: trackBody,
    response: TrackAnswer,
    handler: async ({ params, body }, { stepward }) => {
      const { answer, replayed } = await stepward.track({ userId: params.userId, action: params.action, ...body.request });
      const said = body.ignored.length === 0 ? answer : { ...answer, ignored: [...answer.ignored, ...body.ignored] };
      return replayed ? ok(said, 'Idempotency-Replayed', 'true') : ok(said);
    },
  }),
];
