import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { generators } from './docs/generators.ts';

const folder = resolve(import.meta.dirname, '../docs');
const block = /(<!-- generated: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g;

/** A page with every generated part written anew. */
export const inStep = async (page: string): Promise<string> => {
  const names = [...page.matchAll(block)].map(([, , name]) => name ?? '');
  const parts = new Map<string, string>();
  for (const name of names) {
    const generate = generators[name];
    if (!generate) throw new Error(`no generator is called \`${name}\``);
    parts.set(name, await generate());
  }
  return page.replace(block, (_, begin: string, name: string, end: string) => `${begin}\n${parts.get(name)}\n${end}`);
};

const behind: string[] = [];
const check = process.argv.includes('--check');
for (const name of readdirSync(folder).filter((each) => each.endsWith('.md'))) {
  const file = join(folder, name);
  const page = readFileSync(file, 'utf8');
  const wanted = await inStep(page);
  if (wanted === page) continue;
  behind.push(name);
  if (!check) writeFileSync(file, wanted);
}
if (check && behind.length > 0) {
  console.error(`not in step with the code: ${behind.map((name) => `docs/${name}`).join(', ')}; run \`npm run docs\``);
  process.exit(1);
}
console.log(check ? 'docs are in step' : `docs written anew: ${behind.join(', ') || 'none'}`);
