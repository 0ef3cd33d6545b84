import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');
const cache = join(root, '.cache/keycloak');

const runs = (command: string): boolean => spawnSync(command, ['-version'], { stdio: 'ignore' }).status === 0;

/** What is missing for a Keycloak, in words; undefined where all is there. */
export const missingForKeycloak = (): string | undefined => {
  const missing = ['java', 'javac', 'mvn'].filter((command) => !runs(command));
  return missing.length === 0 ? undefined : `${missing.join(' and ')} not found`;
};

/** The folder of this version of Keycloak, fetched by Maven once and kept beside the sources. Throws where it cannot be had. */
export const distributionOf = (version: string): string => {
  const home = join(cache, `keycloak-${version}`);
  if (existsSync(join(home, 'bin/kc.sh'))) return home;
  mkdirSync(cache, { recursive: true });
  const archive = join(cache, `keycloak-quarkus-dist-${version}.tar.gz`);
  if (!existsSync(archive)) {
    const artifact = `org.keycloak:keycloak-quarkus-dist:${version}:tar.gz`;
    const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';
    execFileSync('mvn', ['-B', '-q', goal, `-Dartifact=${artifact}`, `-DoutputDirectory=${cache}`], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  const unpacking = join(cache, `unpacking-${process.pid}`);
  mkdirSync(unpacking, { recursive: true });
  execFileSync('tar', ['-xzf', archive, '-C', unpacking]);
  renameSync(join(unpacking, `keycloak-${version}`), home);
  rmSync(unpacking, { recursive: true, force: true });
  return home;
};

/** Puts a jar, and nothing else, into the server's `providers`. */
export const installProvider = (home: string, jar: string): void => {
  rmSync(join(home, 'providers'), { recursive: true, force: true });
  mkdirSync(join(home, 'providers'));
  copyFileSync(jar, join(home, 'providers', 'stepward-keycloak.jar'));
};
