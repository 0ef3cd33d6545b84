import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const project = join(root, 'adapters/keycloak/java');

/** What Maven says is shown only where it fails. */
const maven = (goal: string): void => {
  execFileSync('mvn', ['-B', '-q', '-Dstyle.color=never', goal], { cwd: project, stdio: ['ignore', 'inherit', 'inherit'] });
};

/** Where the jar is built to. */
export const keycloakJar = (): string => {
  const version = /<artifactId>stepward-keycloak<\/artifactId>\s*<version>([^<]+)</.exec(
    readFileSync(join(project, 'pom.xml'), 'utf8'),
  )?.[1];
  return join(project, 'target', `stepward-keycloak-${version}.jar`);
};

/** Compiles the jar for Keycloak and runs its own tests. Needs a JDK of 17 or more and Maven. */
export const buildKeycloakJar = (): string => {
  maven('package');
  return keycloakJar();
};

if (import.meta.main) console.log(buildKeycloakJar());
