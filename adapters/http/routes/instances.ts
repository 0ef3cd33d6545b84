import { z } from 'zod';
import { StepwardError } from '../../../core/index.ts';
import { bodyOf } from '../parse.ts';
import { defineRoute, ok, type Route } from '../route.ts';
import {
  ActionItem,
  action,
  Explanation,
  idempotencyKey,
  isoTime,
  limit,
  method,
  optional,
  outcome,
  StateAnswer,
  state,
  string,
  time,
  userId,
  word,
} from '../shapes.ts';

const instance = '/v1/users/{userId}/actions/{action}/{idempotencyKey}' as const;

const ActionAnswer = z.looseObject({
  state,
  stateUpdatedAt: isoTime,
  createdAt: isoTime,
  verificationMethod: z.string().optional(),
  rules: z.array(z.looseObject({ ruleId: z.string(), name: z.string(), description: z.string().optional() })).optional(),
  output: z.unknown().optional(),
  outcome,
  acr: z.string().optional(),
  amr: z.array(z.string()).optional(),
  consumedAt: isoTime.optional(),
  expiresAt: isoTime,
  policyVersion: z.number(),
  userId: z.string(),
  action: z.string(),
  idempotencyKey: z.string(),
  failureReason: z.enum(['cancelled', 'expired', 'spent', 'denied']).optional(),
  origin: z.string().optional(),
});

const ValidateAnswer = z.looseObject({
  isValid: z.boolean(),
  state: state.optional(),
  stateUpdatedAt: isoTime.optional(),
  userId: z.string().optional(),
  action: z.string().optional(),
  actionCode: z.string().optional(),
  idempotencyKey: z.string().optional(),
  verificationMethod: z.string().optional(),
  acr: z.string().optional(),
  amr: z.array(z.string()).optional(),
  failureReason: z.string().optional(),
  error: z.enum(['proof_required', 'mismatch', 'consumed', 'expired_token', 'invalid_token']).optional(),
});

const ConsumeAnswer = z.looseObject({
  consumed: z.literal(true),
  state,
  userId: z.string(),
  action: z.string(),
  idempotencyKey: z.string(),
  verificationMethod: z.string().optional(),
  restsOn: method.optional().meta({ description: 'with `DEVICE`: the method of the earlier proof, given at `authTime`' }),
  userAuthenticatorId: z.string().optional(),
  acr: z.string().optional(),
  amr: z.array(z.string()).optional(),
  authTime: isoTime.optional(),
  consumedAt: isoTime,
});

const validateBody = z.object({
  token: word(16_384),
  action: optional(action),
  userId: optional(userId),
  idempotencyKey: optional(idempotencyKey),
});

const consumeBody = z.object({
  binding: optional(word(256)),
  ticket: optional(string(1024)),
  token: optional(string(16_384)),
  consumeKey: optional(word(256)),
  requiredAcr: optional(z.array(word(255)).max(20)),
  maxAge: optional(z.number().min(0)),
  ipAddress: optional(string(255)),
  userAgent: optional(string(16_384)),
});

/** `codes=a,b` as the SDK joins them. */
const codes = z
  .string()
  .transform((text) => text.split(',').filter((code) => code !== ''))
  .pipe(z.array(action).max(100));

const actionsQuery = z.object({ fromDate: time.optional(), codes: codes.optional(), state: state.optional(), limit: limit(100, 1000) });

export const instanceRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/v1/users/{userId}/actions',
    scope: 'server',
    sdk: 'queryUserActions',
    summary: 'List the action instances of a user, newest first',
    limitedKeys: 'codes',
    query: actionsQuery,
    response: z.array(ActionItem),
    handler: async ({ params, query }, { stepward }) => {
      const { fromDate, codes: named, state: wanted, limit: most } = query;
      return ok(
        await stepward.queryUserActions(params.userId, {
          limit: most,
          ...(fromDate !== undefined && { from: fromDate }),
          ...(named && { codes: named }),
          ...(wanted && { state: wanted }),
        }),
      );
    },
  }),
  defineRoute({
    method: 'GET',
    path: instance,
    scope: 'server',
    sdk: 'getAction',
    summary: 'Read an action instance',
    response: ActionAnswer,
    handler: async ({ params }, { stepward }) => ok(await stepward.getAction(params)),
  }),
  defineRoute({
    method: 'PATCH',
    path: instance,
    scope: 'server',
    sdk: 'updateAction',
    summary: 'Raise, decide or end an action instance; never writes ALLOW or CHALLENGE_SUCCEEDED',
    body: bodyOf(z.object({ state, reason: optional(string(1000)), reviewer: optional(string(255)) })),
    response: StateAnswer,
    handler: async ({ params, body }, { stepward }) => ok(await stepward.updateAction(params, body)),
  }),
  defineRoute({
    method: 'POST',
    path: `${instance}/consume`,
    scope: 'server',
    summary: 'Use a finished challenge, once; only 200 means proceed',
    body: bodyOf(consumeBody),
    response: ConsumeAnswer,
    handler: async ({ params, body }, { stepward }) => ok(await stepward.consume(params, body)),
  }),
  defineRoute({
    method: 'GET',
    path: `${instance}/explain`,
    scope: 'server-or-management',
    summary: 'Explain a decision rule by rule',
    response: Explanation,
    handler: async ({ params }, { stepward }) => ok(await stepward.explain(params)),
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/validate',
    scope: 'server',
    sdk: 'validateChallenge',
    summary: 'Check the token of a finished challenge',
    limitedKeys: 'body',
    body: bodyOf(validateBody),
    response: ValidateAnswer,
    handler: async ({ body }, { stepward }) => {
      const answer = await stepward.validate(body);
      // INVARIANT: `isValid: false` never comes with CHALLENGE_SUCCEEDED: callers of the SDK read `state` alone
      if (!answer.isValid && answer.state === 'CHALLENGE_SUCCEEDED')
        throw new StepwardError('internal_error', 'a token that is not valid was answered with a succeeded state');
      return ok(answer);
    },
  }),
];
