import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from '../../adapters/cli/run.ts';

const root = resolve(import.meta.dirname, '../..');
const port = 8180;
const url = `http://localhost:${port}`;
const fail = (message: string): never => {
  console.error(message);
  process.exit(1);
};

const home = process.env.KEYCLOAK_HOME ?? '';
if (!existsSync(join(home, 'bin/kc.sh'))) fail('set KEYCLOAK_HOME to the folder of a Keycloak 26');

const target = join(root, 'adapters/keycloak/java/target');
const jar = existsSync(target) ? readdirSync(target).find((name) => /^stepward-keycloak-[\d.]+\.jar$/.test(name)) : undefined;
if (jar === undefined) fail('build the jar first: npm run build:keycloak');

const file = join(root, '.stepward/env');
if (!existsSync(file)) fail('start Stepward first: npm start');
const settings = Object.fromEntries(
  readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
);
const stepward = 'http://localhost:8787';

copyFileSync(join(target, jar ?? ''), join(home, 'providers/stepward-keycloak.jar'));
mkdirSync(join(home, 'data/import'), { recursive: true });
copyFileSync(join(import.meta.dirname, 'realm.json'), join(home, 'data/import/harbour-realm.json'));

const keycloak = spawn(
  join(home, 'bin/kc.sh'),
  ['start-dev', '--http-host=127.0.0.1', `--http-port=${port}`, `--hostname=${url}`, '--import-realm'],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      KC_BOOTSTRAP_ADMIN_USERNAME: 'admin',
      KC_BOOTSTRAP_ADMIN_PASSWORD: 'admin',
      // the key stays out of the realm: docs/keycloak.md has the vault, for a key of each realm
      KC_SPI_AUTHENTICATOR__STEPWARD_AUTHENTICATOR__SERVER_KEY: settings.STEPWARD_SERVER_KEYS?.split(',')[0],
      KC_SPI_AUTHENTICATOR__STEPWARD_AUTHENTICATOR__API_URL: stepward,
    },
  },
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => keycloak.kill(signal));
keycloak.once('exit', (code) => process.exit(code ?? 0));

const isUp = async (): Promise<boolean> => {
  try {
    return (await fetch(`${url}/realms/harbour`)).ok;
  } catch {
    return false;
  }
};
while (!(await isUp())) await new Promise((later) => setTimeout(later, 500));

const account = {
  STEPWARD_KEYCLOAK_URL: url,
  STEPWARD_KEYCLOAK_CLIENT_ID: 'stepward-installer',
  STEPWARD_KEYCLOAK_CLIENT_SECRET: 'for-this-example-alone',
};
const world = {
  env: { ...process.env, ...account },
  folder: root,
  print: (line: string) => console.log(line),
  complain: (line: string) => console.error(line),
};
const folder = join(root, '.stepward/keycloak');
const record = join(folder, `record-${process.pid}.json`);
for (const args of [
  ['keycloak', 'export', '--realm', 'harbour', '--out', folder],
  ['keycloak', 'policy', folder],
  ['keycloak', 'apply', '--realm', 'harbour', '--record', record],
])
  if ((await run(args, world)) === 1) fail('it did not work: see above');

console.log(`\nsign in at ${url}/realms/harbour/account as alice, password alice; for the command line:\n`);
for (const [name, value] of Object.entries(account)) console.log(`  export ${name}=${value}`);
