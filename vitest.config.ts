import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const quiet = '--disable-warning=ExperimentalWarning';
/** How long what is awaited may take: on a busy machine a browser is late, never wrong. */
const patient = { poll: { timeout: 20_000 } };
const guarded = [quiet, '--disallow-code-generation-from-strings', '--disable-proto=throw'];

/** `core` and `server` run with code generation from strings switched off; what drives a browser or other processes is apart. */
export default defineConfig({
  test: {
    globalSetup: 'test/house/node-version.ts',
    pool: 'forks',
    // a worker waits for a browser or a disk most of the time: on two cores two are better than the one that is the default there
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 20_000,
    hookTimeout: 60_000,
    projects: [
      { test: { name: 'core', include: ['test/core/**/*.test.ts'], execArgv: guarded, expect: patient } },
      {
        test: {
          name: 'server',
          include: ['test/{adapters,contract,threat}/**/*.test.ts'],
          execArgv: guarded,
          expect: patient,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'house',
          include: ['test/house/**/*.test.ts'],
          execArgv: [quiet],
          expect: patient,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'auth0',
          include: ['test/auth0/**/*.test.ts'],
          globalSetup: 'test/auth0/install-runtimes.ts',
          execArgv: guarded,
          expect: patient,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'cognito',
          include: ['test/cognito/**/*.test.ts'],
          exclude: ['**/node_modules/**'],
          globalSetup: 'test/cognito/install-packages.ts',
          execArgv: [quiet],
          expect: patient,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'keycloak',
          include: ['test/keycloak/**/*.test.ts'],
          globalSetup: 'test/keycloak/server/global-setup.ts',
          execArgv: [quiet],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          execArgv: [quiet],
          expect: patient,
          // a browser on a shared machine now and then misses a beat; the report says which test was run again
          retry: process.env.CI === 'true' ? 1 : 0,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
