import { z } from 'zod';
import { errorCodes } from '../../core/index.ts';
import { statusOf } from './error-answer.ts';
import type { Route, Scope } from './route.ts';
import { ErrorAnswer } from './shapes.ts';

type Json = Readonly<Record<string, unknown>>;

const jsonSchema = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', target: 'draft-2020-12' });
  return rest;
};

const securityOf = {
  server: [{ serverKey: [] }],
  management: [{ managementKey: [] }],
  'server-or-management': [{ serverKey: [] }, { managementKey: [] }],
  public: [],
  client: [{ actionToken: [] }],
  'client-or-anonymous': [{ actionToken: [] }, { tenantId: [] }],
  'client-anonymous': [{ tenantId: [] }],
} as const satisfies Record<Scope, readonly Json[]>;

const pathParameters = (path: string): readonly Json[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));

const queryParameters = (query: z.ZodType | undefined): readonly Json[] => {
  if (!query) return [];
  const { properties = {}, required = [] } = jsonSchema(query, 'input') as { properties?: Record<string, Json>; required?: string[] };
  return Object.entries(properties)
    .filter(([, schema]) => !('not' in schema))
    .map(([name, schema]) => ({ name, in: 'query', required: required.includes(name), schema }));
};

const errorReference = { $ref: '#/components/responses/Error' };

const answers = ({ status, response, scope, method }: Route): Json => ({
  [String(status ?? (response ? 200 : 204))]: response
    ? { description: 'done', content: { 'application/json': { schema: jsonSchema(response, 'output') } } }
    : { description: method === 'DELETE' ? 'gone, or never there' : 'done' },
  ...(scope !== 'public' && { '401': errorReference, '403': errorReference }),
  default: errorReference,
});

const operationId = ({ method, path }: Route): string =>
  method.toLowerCase() +
  path
    .replace(/^\/v1/, '')
    .replace(/\{(\w+)\}/g, (_, name: string) => `By${name.charAt(0).toUpperCase()}${name.slice(1)}`)
    .replace(/[^A-Za-z0-9_]+(.)?/g, (_, next: string | undefined) => (next ?? '').toUpperCase());

const operation = (route: Route): Json => ({
  operationId: operationId(route),
  summary: route.summary,
  tags: [route.scope],
  ...(route.sdk && { 'x-sdk-call': route.sdk }),
  security: securityOf[route.scope],
  parameters: [...pathParameters(route.path), ...queryParameters(route.query)],
  ...(route.body && { requestBody: { content: { 'application/json': { schema: jsonSchema(route.body.schema, 'input') } } } }),
  responses: answers(route),
});

const byStatus = (): string =>
  Object.entries(Object.groupBy(errorCodes, (code) => statusOf[code]))
    .map(([status, codes]) => `${status}: ${codes?.join(', ')}`)
    .join('; ');

const documents = new WeakMap<readonly Route[], Json>();

/** OpenAPI 3.1 of a route table. */
export const openApi = (routes: readonly Route[], publicUrl: string): Json => {
  const known = documents.get(routes);
  if (known) return known;
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    paths[route.path] ??= {};
    (paths[route.path] as Record<string, Json>)[route.method.toLowerCase()] = operation(route);
  }
  const basic = { type: 'http', scheme: 'basic' };
  const document = {
    openapi: '3.1.0',
    info: { title: 'Stepward', version: '1', description: 'Risk-based step-up authentication for logins that already exist' },
    servers: [{ url: publicUrl }],
    paths,
    components: {
      securitySchemes: {
        serverKey: { ...basic, description: 'A server key as user name; the password is ignored' },
        actionToken: { type: 'http', scheme: 'bearer', description: 'The token of an action instance, or of its proof' },
        tenantId: { ...basic, description: 'The URI-encoded tenant id alone, without a colon' },
        managementKey: { ...basic, description: 'A management key as user name; the password is ignored' },
      },
      schemas: { ErrorCode: { type: 'string', enum: [...errorCodes] } },
      responses: {
        Error: { description: byStatus(), content: { 'application/json': { schema: jsonSchema(ErrorAnswer, 'output') } } },
      },
    },
  };
  documents.set(routes, document);
  return document;
};
