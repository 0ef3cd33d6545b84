import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Route, routes, statusOf } from '../../../adapters/http/index.ts';
import { errorCodes } from '../../../core/index.ts';
import { type Running, running } from './running.ts';

type Operation = {
  readonly operationId: string;
  readonly security: readonly unknown[];
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Record<string, unknown> }> };
  readonly responses: Record<string, unknown>;
};
type Document = {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: {
    readonly schemas: { readonly ErrorCode: { readonly enum: readonly string[] } };
    readonly responses: { readonly Error: { readonly description: string } };
  };
};

let server: Running;
let document: Document;
beforeAll(async () => {
  server = await running();
  document = (await server.call('GET', '/openapi.json', undefined, { key: null })).body as unknown as Document;
});
afterAll(() => server.stop());

const operationOf = ({ method, path }: Route): Operation | undefined => document.paths[path]?.[method.toLowerCase()];

describe('the OpenAPI document', () => {
  it('is 3.1 and names the routes of the table, no more and no less', () => {
    expect(document.openapi).toBe('3.1.0');
    const documented = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(documented.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
  });

  it('gives each operation an id of its own', () => {
    const ids = Object.values(document.paths).flatMap((item) => Object.values(item).map(({ operationId }) => operationId));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('names every parameter of every path', () => {
    for (const route of routes) {
      const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(
        operationOf(route)
          ?.parameters.filter((parameter) => parameter.in === 'path')
          .map(({ name }) => name),
      ).toEqual(names);
    }
  });

  it('tells who may call', () => {
    const schemes = {
      server: [{ serverKey: [] }],
      management: [{ managementKey: [] }],
      client: [{ actionToken: [] }],
      'client-or-anonymous': [{ actionToken: [] }, { tenantId: [] }],
      'client-anonymous': [{ tenantId: [] }],
      public: [],
    } as const;
    for (const route of routes.filter(({ scope }) => scope !== 'server-or-management'))
      expect(operationOf(route)?.security).toEqual(schemes[route.scope as keyof typeof schemes]);
  });

  it('documents bodies and answers where the table has them', () => {
    for (const route of routes) {
      expect(operationOf(route)?.requestBody !== undefined).toBe(route.body !== undefined);
      expect(operationOf(route)?.responses).toHaveProperty(String(route.status ?? (route.response ? 200 : 204)));
    }
  });

  it('documents the attributes of track', () => {
    const body = document.paths['/v1/users/{userId}/actions/{action}']?.post?.requestBody;
    const properties = body?.content['application/json']?.schema.properties;
    expect(Object.keys(properties ?? {})).toEqual(expect.arrayContaining(['custom', 'binding', 'context', 'display', 'returnUrl']));
  });

  it('names every error code under its status, and no other', () => {
    expect([...document.components.schemas.ErrorCode.enum].sort()).toEqual([...errorCodes].sort());
    expect(Object.keys(statusOf).sort()).toEqual([...errorCodes].sort());
    for (const code of errorCodes) expect(document.components.responses.Error.description).toMatch(new RegExp(`\\b${code}\\b`));
  });
});
