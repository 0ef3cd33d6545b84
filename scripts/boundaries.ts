import { posix } from 'node:path';
import { importsOf, type Node, parse, walk } from './source.ts';

/** What a file does that its place forbids. */
export type Violation = { readonly file: string; readonly what: string };

/** May be named in no file of the core: the world comes in through ports. */
const forbiddenInCore = new Set([
  'process',
  'fetch',
  'Buffer',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'performance',
  'globalThis',
  'require',
]);
const forbiddenMembers = new Set(['Date.now', 'Math.random']);

/** Runs in the pages of applications: it carries nothing but itself. */
const standsAlone = 'adapters/cognito/client/';

/** Know every part, because they put the parts together. */
const wiring = new Set(['server', 'cli']);

/** Run when building or in the browser: what they import is bundled or never shipped. */
const buildTime = (file: string): boolean => file === 'adapters/pages/bundle.ts' || file.startsWith('adapters/pages/browser/');

/** Run inside a host, each as one file: of the core they carry the outcome table alone. */
const isHosted = (file: string): boolean => /^adapters\/(?:auth0\/action|cognito\/triggers)\//.test(file);
const outcomeTable = 'core/policy/outcome-table.ts';

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

const named = (value: unknown): string => {
  const node = value as Node | undefined;
  if (node?.type === 'Identifier') return String(node.name);
  if (node?.type === 'MemberExpression') return named(node.property);
  return '';
};

const isReference = (node: Node, parent: Node | undefined, key: string): boolean => {
  if (node.type !== 'Identifier' || !parent) return false;
  if (parent.type === 'MemberExpression') return key === 'object' || parent.computed === true;
  if (parent.type === 'TSQualifiedName') return key === 'left';
  return !(key === 'key' && parent.computed !== true) && !parent.type.startsWith('TS') && key !== 'label' && key !== 'imported';
};

const importViolation = (file: string, specifier: string | undefined, packages: ReadonlySet<string>): string | undefined => {
  const inCore = file.startsWith('core/');
  const adapter = file.split('/')[1] ?? '';
  if (file.startsWith(standsAlone) && !/^\.\/[\w-]+\.ts$/.test(specifier ?? ''))
    return `imports \`${specifier}\`: ${standsAlone} imports nothing but itself`;
  if (specifier === undefined) return 'imports a module by a computed name';
  if (!specifier.startsWith('.')) {
    if (inCore) return `imports \`${specifier}\`: core imports nothing but itself`;
    if (specifier.startsWith('node:')) return undefined;
    if (packages.has(packageOf(specifier)) || buildTime(file)) return undefined;
    return `imports \`${specifier}\`, which is no dependency of the package`;
  }
  const target = posix.normalize(posix.join(posix.dirname(file), specifier));
  if (inCore) return target.startsWith('core/') ? undefined : `imports \`${target}\`: core imports nothing but itself`;
  if (wiring.has(adapter) && /^(core|adapters)\//.test(target)) return undefined;
  if (target.startsWith(`adapters/${adapter}/`) || target.startsWith('adapters/client/')) return undefined;
  if (isHosted(file) && target === outcomeTable) return undefined;
  if (target === 'core/index.ts' || target.startsWith('core/ports/')) return undefined;
  return `imports \`${target}\`: an adapter imports core/index.ts, core/ports and adapters/client`;
};

/** What a file for a host would carry of the core beside the outcome table: types are gone when it is built. */
const carriesCore = (node: Node): boolean => {
  const isModule = node.type === 'ImportDeclaration' || node.type === 'ExportNamedDeclaration' || node.type === 'ExportAllDeclaration';
  if (!isModule || node.importKind === 'type' || node.exportKind === 'type') return false;
  const from = String((node.source as Node | null)?.value ?? '');
  return /(?:^|\/)core\//.test(from) && !from.endsWith(outcomeTable);
};

/** Names of values that must be compared in constant time. A keyed hash is not among them: it tells nothing about its input. */
const secretName = /(?:secret|token|ticket|csrf|password|signature|hmac|digest|verificationCode|serverKey|managementKey|apiKey)$/i;
/** Words that end like a secret and are none. */
const harmless = /^(?:has|is|needs|with|set|bad|no|typeof)[A-Z]/;

const comparesSecret = (node: Node): boolean => {
  if (node.type !== 'BinaryExpression' || !/^[=!]==?$/.test(String(node.operator))) return false;
  const sides = [node.left, node.right] as Node[];
  const known = sides.some(({ type, name }) => type === 'Literal' || type === 'UnaryExpression' || name === 'undefined');
  return !known && sides.some((side) => secretName.test(named(side)) && !harmless.test(named(side)));
};

/**
 * What `text`, as the file at `file` (a path from the root of the repository), does against the architecture.
 *
 * @param packages names of the production dependencies
 */
export const violationsOf = (file: string, text: string, packages: ReadonlySet<string>): readonly Violation[] => {
  const tree = parse(text);
  const found = importsOf(tree).map((specifier) => importViolation(file, specifier, packages));
  const inCore = file.startsWith('core/');
  walk(tree, (node, parent, key) => {
    const member = node.type === 'MemberExpression' ? `${named(node.object)}.${named(node.property)}` : '';
    if (member === 'Math.random' || (inCore && forbiddenMembers.has(member))) found.push(`uses \`${member}\``);
    if (comparesSecret(node)) found.push(`compares a secret with \`${String(node.operator)}\`: use a constant-time comparison`);
    if (isHosted(file) && carriesCore(node)) found.push('carries more of the core than the outcome table: import types only');
    if (!inCore) return;
    if (isReference(node, parent, key) && forbiddenInCore.has(String(node.name))) found.push(`uses \`${String(node.name)}\``);
    const makesDate = node.type === 'NewExpression' || node.type === 'CallExpression';
    if (makesDate && named(node.callee) === 'Date' && (node.arguments as unknown[]).length === 0) found.push('reads the clock by `Date`');
  });
  return found.filter((what) => what !== undefined).map((what) => ({ file, what }));
};
