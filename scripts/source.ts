import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'rolldown/parseAst';

/** A syntax node as the parser gives it; only `type` is known to be there. */
export type Node = { readonly type: string; readonly start: number; readonly [key: string]: unknown };

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

/** Calls `visit` for every node below `node`, parents before children. */
export const walk = (node: Node, visit: (node: Node, parent: Node | undefined, key: string) => void): void => {
  const go = (child: unknown, parent: Node | undefined, key: string): void => {
    if (Array.isArray(child)) for (const each of child) go(each, parent, key);
    else if (isNode(child)) {
      visit(child, parent, key);
      for (const [name, value] of Object.entries(child)) if (typeof value === 'object') go(value, child, name);
    }
  };
  go(node, undefined, '');
};

/** The syntax tree of a TypeScript file. Throws where it does not parse. */
export const parse = (text: string): Node => parseAst(text, { lang: 'ts', sourceType: 'module' }) as unknown as Node;

const asNode = (value: unknown): Node | undefined => (isNode(value) ? value : undefined);
const literal = (value: unknown): string | undefined => {
  const node = asNode(value);
  return node?.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined;
};

/** Every module that a tree names: static, re-exported, dynamic, `import type` and `import('…')` types. `undefined`: computed. */
export const importsOf = (tree: Node): readonly (string | undefined)[] => {
  const found: (string | undefined)[] = [];
  walk(tree, (node) => {
    if (node.type === 'ImportDeclaration' || node.type === 'ExportAllDeclaration') found.push(literal(node.source));
    else if (node.type === 'ExportNamedDeclaration' && node.source) found.push(literal(node.source));
    else if (node.type === 'ImportExpression') found.push(literal(node.source));
    else if (node.type === 'TSImportType') found.push(literal(node.source) ?? literal(asNode(node.argument)?.literal));
    else if (node.type === 'TSExternalModuleReference') found.push(literal(node.expression));
  });
  return found;
};

/** All `.ts` files below `folder`, as paths from `root` with forward slashes. */
export const sourcesBelow = (root: string, folder: string): readonly string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
        .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
        .sort()
    : [];
