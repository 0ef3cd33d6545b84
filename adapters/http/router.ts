import { StepwardError } from '../../core/index.ts';
import { checkId } from './identifiers.ts';
import { type Method, methods, type Route } from './route.ts';

type Entry = { readonly route: Route; readonly names: readonly string[]; readonly positions: readonly number[] };
type Node = { readonly statics: Map<string, Node>; param?: Node; readonly entries: Map<string, Entry> };

export type Found =
  | { readonly found: 'route'; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  /** Some route has this path: `allow` lists its methods. */
  | { readonly found: 'path'; readonly allow: readonly string[] }
  | { readonly found: 'nothing' };

const newNode = (): Node => ({ statics: new Map(), entries: new Map() });
const isParam = (segment: string): boolean => segment.startsWith('{');
const segmentsOf = (path: string): readonly string[] => path.slice(1).split('/');

const printable = /^[\x21-\x7e]+$/;

/** Splits a raw path on `/` and decodes each segment once. */
export const decodePath = (raw: string): readonly string[] => {
  if (!printable.test(raw)) throw new StepwardError('invalid_request', 'the path must be percent-encoded ASCII');
  const segments = raw.slice(1).split('/');
  for (let index = 0; index < segments.length; index += 1) {
    let segment = segments[index] ?? '';
    if (segment.includes('%')) {
      try {
        segment = decodeURIComponent(segment);
      } catch {
        throw new StepwardError('invalid_request', 'the path has bad percent-encoding');
      }
      segments[index] = segment;
    }
    if (segment === '.' || segment === '..') throw new StepwardError('invalid_request', 'a path segment may not be `.` or `..`');
  }
  return segments;
};

/** Strict and case-sensitive; a static segment wins over a parameter where both have the method. */
export const createRouter = (routes: readonly Route[]): ((method: string, segments: readonly string[]) => Found) => {
  const root = newNode();
  for (const route of routes) {
    let node = root;
    const names: string[] = [];
    const positions: number[] = [];
    for (const [position, segment] of segmentsOf(route.path).entries()) {
      if (isParam(segment)) {
        names.push(segment.slice(1, -1));
        positions.push(position);
        node.param ??= newNode();
        node = node.param;
      } else {
        const next = node.statics.get(segment) ?? newNode();
        node.statics.set(segment, next);
        node = next;
      }
    }
    if (node.entries.has(route.method)) throw new TypeError(`two routes for ${route.method} ${route.path}`);
    node.entries.set(route.method, { route, names, positions });
  }

  const find = (node: Node, segments: readonly string[], at: number, method: string, allow: Set<string>): Entry | undefined => {
    const segment = segments[at];
    if (segment === undefined) {
      const entry = node.entries.get(method);
      if (!entry) for (const name of node.entries.keys()) allow.add(name);
      return entry;
    }
    const fixed = node.statics.get(segment);
    const found = fixed && find(fixed, segments, at + 1, method, allow);
    if (found) return found;
    return node.param && segment !== '' ? find(node.param, segments, at + 1, method, allow) : undefined;
  };

  return (method, segments) => {
    const allow = new Set<string>();
    const entry = find(root, segments, 0, method === 'HEAD' ? 'GET' : method, allow);
    if (!entry) {
      if (allow.size === 0) return { found: 'nothing' };
      return { found: 'path', allow: methods.filter((name) => allow.has(name)).flatMap(withHead) };
    }
    const params: Record<string, string> = {};
    for (let index = 0; index < entry.names.length; index += 1) {
      const name = entry.names[index] ?? '';
      params[name] = checkId(name, segments[entry.positions[index] ?? 0] ?? '');
    }
    return { found: 'route', route: entry.route, params };
  };
};

const withHead = (method: Method): readonly string[] => (method === 'GET' ? ['GET', 'HEAD'] : [method]);
