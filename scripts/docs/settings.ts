import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourcesBelow } from '../source.ts';

const settingName = /\b(?:STEPWARD_[A-Z][A-Z_]*[A-Z]|PARAMETERS_SECRETS_EXTENSION_HTTP_PORT)\b/g;
/** Read by the command line and by tests, documented elsewhere. */
const elsewhere = new Set(['STEPWARD_LONG_TESTS', 'STEPWARD_CHROMIUM', 'STEPWARD_VERSION']);
/** What runs inside a host has settings of its own, and a page of its own for them. */
const hosts = [
  { page: 'docs/auth0.md', files: /^adapters\/(?:auth0\/action|cli\/auth0)\// },
  { page: 'docs/cognito.md', files: /^adapters\/cognito\// },
  { page: 'docs/keycloak.md', files: /^adapters\/(?:keycloak\/|cli\/(?:commands\/)?keycloak\b)/ },
] as const;
const serverPage = 'docs/configuration.md';

const namesIn = (text: string): ReadonlySet<string> => new Set(text.match(settingName)?.filter((name) => !elsewhere.has(name)));

/** Settings that the server, the command line or a host's part reads and its page does not name, and the reverse. */
export const settingsOutOfStep = (root: string): readonly string[] => {
  const files = ['server', 'cli', 'auth0', 'cognito', 'keycloak'].flatMap((adapter) => sourcesBelow(root, `adapters/${adapter}`));
  if (!files.some((file) => file.startsWith('adapters/server/'))) return [];
  const namesOf = (paths: readonly string[]): ReadonlySet<string> =>
    namesIn(paths.map((path) => readFileSync(join(root, path), 'utf8')).join('\n'));
  const ofServer = namesOf(files.filter((file) => !hosts.some((host) => host.files.test(file))));
  const compared = [
    { page: serverPage, read: ofServer, besides: new Set<string>() },
    // a page of a host names settings of the server, too
    ...hosts.map(({ page, files: own }) => ({ page, read: namesOf(files.filter((file) => own.test(file))), besides: ofServer })),
  ];
  return compared.flatMap(({ page, read, besides }) => {
    const told = namesOf([page]);
    return [
      ...[...read].filter((name) => !told.has(name)).map((name) => `${page} does not name ${name}`),
      ...[...told].filter((name) => !read.has(name) && !besides.has(name)).map((name) => `${page} names ${name}, which nothing reads`),
    ];
  });
};
