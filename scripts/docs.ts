import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { generators } from './docs/generators.ts';
import { brokenLinks } from './docs/links.ts';
import { settingsOutOfStep } from './docs/settings.ts';

const root = resolve(import.meta.dirname, '..');
const folder = join(root, 'docs');
const block = /(<!-- generated: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g;

/** A page with every generated part written anew. Throws where a marker names no generator. */
export const inStep = (page: string): string =>
  page.replace(block, (_, begin: string, name: string, end: string) => {
    const generate = generators[name];
    if (!generate) throw new Error(`no generator is called \`${name}\``);
    return `${begin}\n${generate()}\n\n${end}`;
  });

const pages = readdirSync(folder).filter((name) => name.endsWith('.md'));
const check = process.argv.includes('--check');
const problems: string[] = [];

for (const name of pages) {
  const file = join(folder, name);
  const page = readFileSync(file, 'utf8');
  const wanted = inStep(page);
  if (wanted === page) continue;
  if (check) problems.push(`docs/${name} is not in step with the code: run \`npm run docs\``);
  else writeFileSync(file, wanted);
}
problems.push(...settingsOutOfStep(root), ...brokenLinks(root));
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(`docs are in step: ${pages.length} pages`);
