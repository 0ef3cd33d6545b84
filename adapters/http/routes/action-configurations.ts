import { z } from 'zod';
import { bodyOf } from '../parse.ts';
import { defineRoute, ok, type Route } from '../route.ts';
import { action } from '../shapes.ts';
import { actorOf } from './actor.ts';
import { Deleted, deleted, versioned, versionedCreated } from './management-answers.ts';
import { ConfigurationAnswer, configurationFields } from './policy-shapes.ts';

/** The name and the vendor's older spelling. */
export const configurationPaths = ['/v1/management/action-configurations', '/v1/management/action_configurations'] as const;

const scope = 'management';

export const actionConfigurationRoutes: readonly Route[] = configurationPaths.flatMap((base) => [
  defineRoute({
    method: 'GET',
    path: base,
    scope,
    summary: 'List action configurations',
    response: z.array(ConfigurationAnswer),
    handler: async (_, { management }) => ok(await management.listActionConfigurations()),
  }),
  defineRoute({
    method: 'POST',
    path: base,
    scope,
    summary: 'Configure an action',
    body: bodyOf(z.object({ actionCode: action, ...configurationFields })),
    status: 201,
    response: ConfigurationAnswer,
    handler: async ({ body: { actionCode, ...input }, principal }, { management }) =>
      versionedCreated(await management.createActionConfiguration(actorOf(principal), actionCode, input)),
  }),
  defineRoute({
    method: 'GET',
    path: `${base}/{code}`,
    scope,
    summary: 'Read an action configuration',
    response: ConfigurationAnswer,
    handler: async ({ params }, { management }) => versioned(await management.getActionConfiguration(params.code)),
  }),
  defineRoute({
    method: 'PATCH',
    path: `${base}/{code}`,
    scope,
    summary: 'Change an action configuration; `null` clears',
    body: bodyOf(z.object(configurationFields)),
    response: ConfigurationAnswer,
    handler: async ({ params, body, principal, ifMatch }, { management }) =>
      versioned(await management.updateActionConfiguration(actorOf(principal), params.code, body, ifMatch)),
  }),
  defineRoute({
    method: 'DELETE',
    path: `${base}/{code}`,
    scope,
    summary: 'Forget the settings and rules of an action',
    response: Deleted,
    handler: async ({ params, principal, ifMatch }, { management }) => {
      await management.deleteActionConfiguration(actorOf(principal), params.code, ifMatch);
      return deleted('the action configuration');
    },
  }),
]);
