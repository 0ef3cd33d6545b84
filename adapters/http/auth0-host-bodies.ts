import { z } from 'zod';
import { string, word } from './shapes.ts';

/** Bodies of Auth0 tenants: types and sizes. What may stand in a field is checked by the use cases. */

export const auth0TenantId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, '1-64 of `A-Z a-z 0-9 _ -`');

export const auth0Domains = z.array(string(253)).max(20, 'at most 20');

/** Shared with the Action, which has two at most: one is used, one is on its way out. */
export const auth0Secrets = z.array(string(512)).max(5, 'at most 5');

export const auth0TenantFields = { name: word(255).nullable().optional() };
