import type { TestProject } from 'vitest/node';
import { buildKeycloakJar } from '../../../scripts/build-keycloak.ts';
import { missingForKeycloak } from './distribution.ts';
import { allowLiteralKey, type Keycloak, startKeycloak } from './start.ts';
import { keycloakVersions } from './versions.ts';

/** What tests get of the one server of a run; none where it is skipped. */
export type ProvidedKeycloak = Omit<Keycloak, 'stop'> & { readonly jar: string };

declare module 'vitest' {
  interface ProvidedContext {
    readonly keycloak: ProvidedKeycloak | undefined;
  }
}

/** Builds the jar and starts one Keycloak for all tests. */
export const setup = async (project: TestProject): Promise<(() => Promise<void>) | undefined> => {
  const missing = missingForKeycloak();
  if (missing !== undefined) {
    if (process.env.CI === 'true') throw new Error(`the tests with a real Keycloak cannot run: ${missing}`);
    process.stderr.write(`skipped: the tests with a real Keycloak (${missing})\n`);
    project.provide('keycloak', undefined);
    return undefined;
  }
  const jar = buildKeycloakJar();
  const keycloak = await startKeycloak({
    version: process.env.STEPWARD_KEYCLOAK_VERSION ?? keycloakVersions.current,
    jar,
    env: allowLiteralKey,
  });
  const { stop, ...provided } = keycloak;
  project.provide('keycloak', { ...provided, jar });
  return stop;
};
