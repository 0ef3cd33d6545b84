import { z } from 'zod';
import type { Page } from '../../../core/index.ts';

import { created, type HttpContext, ok, type Reply } from '../route.ts';

/** What a DELETE of the management API answers. */
export const Deleted = z.object({ success: z.literal(true), statusCode: z.literal(200), message: z.string() });

export const deleted = (what: string): Reply => ok({ success: true, statusCode: 200, message: `${what} is gone` });

type Versioned = { readonly answer: unknown; readonly policyVersion: number };
const tag = ({ policyVersion }: Versioned): readonly [string, string] => ['ETag', `"${policyVersion}"`];

/** An answer that shows one version of a policy. */
export const versioned = (from: Versioned): Reply => ok(from.answer, ...tag(from));
export const versionedCreated = (from: Versioned): Reply => created(from.answer, ...tag(from));
export const versionedDeleted = (what: string, from: Versioned): Reply => ({ ...deleted(what), headers: tag(from) });

/** A cursor is opaque to callers: base64url of the JSON of a place in the list. */
const encode = (place: unknown): string => Buffer.from(JSON.stringify(place)).toString('base64url');

const decoded = (text: string): unknown => {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
};

/** A cursor in a query, read back into the place that it stands for. */
export const cursor = <S extends z.ZodType>(place: S) =>
  z
    .string()
    .max(2048)
    .transform((text, refinement): z.output<S> => {
      const read = place.safeParse(decoded(text));
      if (read.success) return read.data;
      refinement.addIssue({ code: 'custom', message: 'a cursor from a `Link` header' });
      return z.NEVER;
    });

/** A place in a list of action instances. */
export const instancePlace = z.object({ createdAt: z.int().min(0), instanceId: z.string().max(64) });

/** A page of a list: a bare array, and where there may be more a `Link` to the next page with all other parameters kept. */
export const page = ({ items, next }: Page<unknown, unknown>, url: string, { publicUrl }: HttpContext): Reply => {
  if (next === undefined) return ok(items);
  const link = new URL(url, publicUrl);
  link.searchParams.set('cursor', encode(next));
  return ok(items, 'Link', `<${publicUrl.replace(/\/$/, '')}${link.pathname}${link.search}>; rel="next"`);
};
