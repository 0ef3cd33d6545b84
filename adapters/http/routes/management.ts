import type { Route } from '../route.ts';
import { actionConfigurationRoutes } from './action-configurations.ts';
import { activityRoutes } from './activity.ts';
import { apiKeyRoutes } from './api-keys.ts';
import { appClientRoutes } from './app-clients.ts';
import { auth0TenantRoutes } from './auth0-tenants.ts';
import { catalogueRoutes } from './catalogues.ts';
import { dataPointRoutes } from './data-points.ts';
import { messageRoutes } from './messages.ts';
import { oidcClientRoutes } from './oidc-clients.ts';
import { oidcKeyRoutes } from './oidc-keys.ts';
import { oidcUpstreamRoutes } from './oidc-upstreams.ts';
import { peopleRoutes } from './people.ts';
import { policyToolRoutes } from './policy-tools.ts';
import { ruleRoutes } from './rules.ts';
import { tenantRoutes } from './tenant.ts';
import { themeRoutes } from './theme.ts';
import { valueListRoutes } from './value-lists.ts';
import { webhookRoutes } from './webhooks.ts';

/** The management API. */
export const managementRoutes: readonly Route[] = [
  ...tenantRoutes,
  ...actionConfigurationRoutes,
  ...ruleRoutes,
  ...policyToolRoutes,
  ...catalogueRoutes,
  ...valueListRoutes,
  ...dataPointRoutes,
  ...apiKeyRoutes,
  ...webhookRoutes,
  ...appClientRoutes,
  ...oidcKeyRoutes,
  ...oidcUpstreamRoutes,
  ...oidcClientRoutes,
  ...auth0TenantRoutes,
  ...themeRoutes,
  ...messageRoutes,
  ...peopleRoutes,
  ...activityRoutes,
];
