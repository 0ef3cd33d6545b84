import type { Route } from '../route.ts';
import { challengeRoutes } from './challenges.ts';
import { clientRoutes } from './client.ts';
import { instanceRoutes } from './instances.ts';
import { managementRoutes } from './management.ts';
import { publicRoutes } from './public.ts';
import { sessionRoutes } from './sessions.ts';
import { trackRoutes } from './track.ts';
import { userRoutes } from './users.ts';

/** Every route there is: dispatch, OpenAPI, scope checks and the tests' loops are derived from this list. */
export const routes: readonly Route[] = [
  ...trackRoutes,
  ...instanceRoutes,
  ...challengeRoutes,
  ...sessionRoutes,
  ...userRoutes,
  ...clientRoutes,
  ...managementRoutes,
  ...publicRoutes,
];
