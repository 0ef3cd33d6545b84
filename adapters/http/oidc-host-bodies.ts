import { z } from 'zod';
import { clientAuthMethods, failurePolicies, subjectKinds } from '../../core/index.ts';
import { string, word } from './shapes.ts';

/** Bodies of OIDC clients and upstreams: types and sizes. What may stand in a field is checked by the use cases. */

const cleared = <S extends z.ZodType>(schema: S) => schema.nullable().optional();
const texts = (most: number, longest = 2048) => z.array(string(longest)).max(most, `at most ${most}`);

/** Part of a path, and sent by the application: as its present registration may have it. */
export const oidcClientId = z
  .string()
  .regex(/^[A-Za-z0-9._~-]{1,128}$/, '1-128 of `A-Z a-z 0-9 . _ ~ -`')
  .refine((text) => !/^\.+$/.test(text), 'not dots only');

export const oidcUpstreamId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, '1-64 of `A-Z a-z 0-9 _ -`');

/** Of one's own: what a client has to prove itself by is as strong as one that is made here. */
export const oidcClientSecret = z.string().regex(/^[\x21-\x7e]{32,255}$/, '32 to 255 printable ASCII characters without blanks');

/** Given by the upstream. */
export const oidcUpstreamSecret = z.string().regex(/^[\x20-\x7e]{1,1024}$/, '1 to 1024 printable ASCII characters');

const key = z.record(z.string(), z.unknown());

export const redirectUris = texts(50);

export const oidcClientFields = {
  name: cleared(word(255)),
  authMethod: cleared(z.enum(clientAuthMethods)),
  jwks: cleared(z.object({ keys: z.array(key).max(20, 'at most 20') })).meta({ description: 'public keys alone' }),
  jwksUri: cleared(string(2048)),
  postLogoutRedirectUris: cleared(texts(50)),
  backchannelLogoutUri: cleared(string(2048)),
  origins: cleared(texts(50)),
  upstream: cleared(string(64)),
  subject: cleared(z.enum(subjectKinds)),
  claims: cleared(texts(100, 128)),
  action: cleared(string(64)),
  refreshAction: cleared(string(64)),
  defaultAcr: cleared(texts(5, 64)),
  strictAcr: cleared(z.boolean()),
  failurePolicy: cleared(z.enum(failurePolicies)),
  revokeOnBlock: cleared(z.boolean()),
  challengeExpiresIn: cleared(z.number()),
  pkce: cleared(z.enum(['required', 'optional'])),
  implicit: cleared(z.boolean()),
  firstParty: cleared(z.boolean()),
  fapi: cleared(z.boolean()),
  audience: cleared(string(255)),
};

export const issuer = string(2048);
/** Ours, as the upstream registered us. */
export const ourClientId = z.string().regex(/^[\x21-\x7e]{1,255}$/, '1 to 255 printable ASCII characters without blanks');

export const oidcUpstreamFields = {
  name: cleared(word(255)),
  authMethod: cleared(z.enum(['none', 'client_secret_basic', 'client_secret_post'])),
  scopes: cleared(texts(50, 128)),
  acrMap: cleared(z.record(string(64), string(255))),
  trusted: cleared(z.boolean()),
  domains: cleared(texts(500, 253)),
  endSession: cleared(z.boolean()),
};
