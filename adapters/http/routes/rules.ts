import { z } from 'zod';
import { moves } from '../../../core/index.ts';
import { bodyOf } from '../parse.ts';
import { defineRoute, type Route } from '../route.ts';
import { word } from '../shapes.ts';
import { configurationPaths } from './action-configurations.ts';
import { actorOf } from './actor.ts';
import { Deleted, versioned, versionedCreated, versionedDeleted } from './management-answers.ts';
import { RuleAnswer, ruleFields } from './policy-shapes.ts';

const scope = 'management';
const { name, type, ...others } = ruleFields;

export const ruleRoutes: readonly Route[] = configurationPaths.flatMap((configurations) => {
  const base = `${configurations}/{code}/rules` as const;
  return [
    defineRoute({
      method: 'GET',
      path: base,
      scope,
      summary: 'List the rules of an action by priority',
      response: z.array(RuleAnswer),
      handler: async ({ params }, { management }) => versioned(await management.listRules(params.code)),
    }),
    defineRoute({
      method: 'POST',
      path: base,
      scope,
      summary: 'Add a rule; without a priority it comes last',
      body: bodyOf(z.object(ruleFields)),
      status: 201,
      response: RuleAnswer,
      handler: async ({ params, body, principal, ifMatch }, { management }) =>
        versionedCreated(await management.createRule(actorOf(principal), params.code, body, ifMatch)),
    }),
    defineRoute({
      method: 'GET',
      path: `${base}/{ruleId}`,
      scope,
      summary: 'Read a rule',
      response: RuleAnswer,
      handler: async ({ params }, { management }) => versioned(await management.getRule(params.code, params.ruleId)),
    }),
    defineRoute({
      method: 'PATCH',
      path: `${base}/{ruleId}`,
      scope,
      summary: 'Change a rule; `null` clears',
      body: bodyOf(z.object({ name: name.optional(), type: type.optional(), ...others })),
      response: RuleAnswer,
      handler: async ({ params, body, principal, ifMatch }, { management }) =>
        versioned(await management.updateRule(actorOf(principal), params.code, params.ruleId, body, ifMatch)),
    }),
    defineRoute({
      method: 'DELETE',
      path: `${base}/{ruleId}`,
      scope,
      summary: 'Remove a rule',
      response: Deleted,
      handler: async ({ params, principal, ifMatch }, { management }) =>
        versionedDeleted('the rule', await management.deleteRule(actorOf(principal), params.code, params.ruleId, ifMatch)),
    }),
    defineRoute({
      method: 'PUT',
      path: `${base}/order`,
      scope,
      summary: 'Put all rules in an order; `If-Match` is required',
      body: bodyOf(z.object({ ruleIds: z.array(word(255)).max(100) })),
      response: z.array(RuleAnswer),
      handler: async ({ params, body, principal, ifMatch }, { management }) =>
        versioned(await management.orderRules(actorOf(principal), params.code, body.ruleIds, ifMatch)),
    }),
    defineRoute({
      method: 'POST',
      path: `${base}/{ruleId}/move`,
      scope,
      summary: 'Move a rule among the others',
      body: bodyOf(z.object({ to: z.enum(moves) })),
      response: z.array(RuleAnswer),
      handler: async ({ params, body, principal, ifMatch }, { management }) =>
        versioned(await management.moveRule(actorOf(principal), params.code, params.ruleId, body.to, ifMatch)),
    }),
  ];
});
