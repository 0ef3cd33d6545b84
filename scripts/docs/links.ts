import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const link = /\]\(([^)\s]+)\)/g;
/** Made from a running product and not there in every checkout. */
const pictures = /\.png$/;

const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');

const anchorsOf = (page: string): ReadonlySet<string> => new Set([...page.matchAll(/^#+ (.*)$/gm)].map(([, text]) => anchorOf(text ?? '')));

/** Links between the pages that lead nowhere. */
export const brokenLinks = (root: string): readonly string[] => {
  const top = readdirSync(root).filter((name) => name.endsWith('.md'));
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  const problems: string[] = [];
  for (const page of [
    ...top,
    ...docs.map((name) => `docs/${name}`),
    'examples/api-step-up/README.md',
    'examples/cognito-custom-auth/README.md',
    'examples/custom-ui/README.md',
    'examples/express-login/README.md',
    'examples/keycloak/README.md',
    'examples/popup/README.md',
    'examples/webhook-mail/README.md',
  ]) {
    for (const [, target = ''] of readFileSync(join(root, page), 'utf8').matchAll(link)) {
      if (/^[a-z]+:/.test(target) || pictures.test(target)) continue;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(root, file))) problems.push(`${page} links to ${target}, which is not there`);
      else if (anchor && !anchorsOf(readFileSync(join(root, file), 'utf8')).has(anchor))
        problems.push(`${page} links to ${target}: no such heading`);
    }
  }
  return problems;
};
