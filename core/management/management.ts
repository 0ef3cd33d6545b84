import * as actionConfigurations from './action-configurations.ts';
import * as apiKeys from './api-keys.ts';
import * as appClients from './app-clients.ts';
import * as auth0Tenants from './auth0-tenants.ts';
import * as authenticatorConfigurations from './authenticator-configurations.ts';
import * as dataPoints from './data-points.ts';
import { evaluate } from './evaluation.ts';
import * as messageOverrides from './message-overrides.ts';
import * as oidcClientSecrets from './oidc-client-secrets.ts';
import * as oidcClients from './oidc-clients.ts';
import * as oidcKeys from './oidc-keys.ts';
import * as oidcUpstreams from './oidc-upstreams.ts';
import * as people from './people.ts';
import type { ManagementPorts } from './ports.ts';
import { previewImpact } from './preview-impact.ts';
import { listActions, listAudit, listReviews, listUserActions } from './reads.ts';
import { moveRule, orderRules } from './rule-order.ts';
import { createRule, deleteRule, getRule, listRules, updateRule } from './rules.ts';
import { listSignals } from './signal-catalogue.ts';
import { getTenant, updateTenant } from './tenant.ts';
import { getTheme, updateTheme } from './theme.ts';
import * as valueLists from './value-lists.ts';
import * as versions from './versions.ts';
import * as webhookDeliveries from './webhook-deliveries.ts';
import * as webhooks from './webhooks.ts';

/** Every use case of the management API; the first argument of each is what it reaches the outside through. */
const useCases = {
  getTenant,
  updateTenant,
  ...actionConfigurations,
  listRules,
  getRule,
  createRule,
  updateRule,
  deleteRule,
  orderRules,
  moveRule,
  ...versions,
  evaluate,
  previewImpact,
  listSignals,
  ...valueLists,
  ...dataPoints,
  ...authenticatorConfigurations,
  ...apiKeys,
  ...appClients,
  ...oidcKeys,
  ...oidcClients,
  ...oidcClientSecrets,
  ...oidcUpstreams,
  ...auth0Tenants,
  ...messageOverrides,
  getTheme,
  updateTheme,
  ...people,
  listWebhooks: webhooks.listWebhooks,
  getWebhook: webhooks.getWebhook,
  createWebhook: webhooks.createWebhook,
  updateWebhook: webhooks.updateWebhook,
  deleteWebhook: webhooks.deleteWebhook,
  testWebhook: webhooks.testWebhook,
  ...webhookDeliveries,
  listActions,
  listUserActions,
  listReviews,
  listAudit,
} as const;

type Bound<F> = F extends (ports: ManagementPorts, ...rest: infer A) => infer R ? (...rest: A) => R : never;

/** The management API in process. Failures are `StepwardError`s; every change is audited with its actor. */
export type Management = { readonly [K in keyof typeof useCases]: Bound<(typeof useCases)[K]> };

/** Binds the management use cases to what they reach the outside through. */
export const createManagement = (ports: ManagementPorts): Management =>
  Object.fromEntries(
    Object.entries(useCases).map(([name, useCase]) => [
      name,
      (...rest: readonly unknown[]) => (useCase as (...all: readonly unknown[]) => unknown)(ports, ...rest),
    ]),
  ) as unknown as Management;
