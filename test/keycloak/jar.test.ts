import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdmin } from './support/admin.ts';
import { hasKeycloak, keycloak } from './support/realm.ts';

/** Kilobytes as the file system counts them by thousand. */
const mostBytes = 60_000;
const java17 = 61;

let folder: string;
let names: readonly string[];

describe.skipIf(!hasKeycloak)('the jar', () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'stepward-jar-'));
    execFileSync('jar', ['xf', keycloak.jar], { cwd: folder });
    names = (readdirSync(folder, { recursive: true }) as string[]).filter((name) => statSync(join(folder, name)).isFile());
  });
  afterAll(() => folder && rmSync(folder, { recursive: true, force: true }));

  it('is small, and holds our classes and resources alone', () => {
    expect(statSync(keycloak.jar).size).toBeLessThan(mostBytes);
    const others = names.filter((name) => !/^io\/stepward\/keycloak\/[\w$]+\.class$/.test(name)).sort();
    expect(others).toEqual([
      'META-INF/MANIFEST.MF',
      'META-INF/services/org.keycloak.authentication.AuthenticatorFactory',
      'theme-resources/messages/messages_en.properties',
      'theme-resources/templates/stepward-pending.ftl',
    ]);
  });

  it('is compiled for Java 17', () => {
    const versions = names.filter((name) => name.endsWith('.class')).map((name) => readFileSync(join(folder, name)).readUInt16BE(6));
    expect(new Set(versions)).toEqual(new Set([java17]));
  });

  it('lists both providers', () => {
    const listed = readFileSync(join(folder, 'META-INF/services/org.keycloak.authentication.AuthenticatorFactory'), 'utf8');
    expect(listed.trim().split('\n').sort()).toEqual([
      'io.stepward.keycloak.FallbackConditionFactory',
      'io.stepward.keycloak.StepwardAuthenticatorFactory',
    ]);
  });

  it('is known to the server: both providers, every setting with a help text, REQUIRED or DISABLED alone', async () => {
    const admin = createAdmin(keycloak);
    const providers = await admin.get<readonly { readonly id: string }[]>('/master/authentication/authenticator-providers');
    expect(providers.map(({ id }) => id)).toEqual(expect.arrayContaining(['stepward-authenticator', 'stepward-fallback-condition']));
    const { properties } = await admin.get<{ readonly properties: readonly { readonly name: string; readonly helpText?: string }[] }>(
      '/master/authentication/config-description/stepward-authenticator',
    );
    expect(properties.map(({ name }) => name.replace('stepward.', ''))).toEqual([
      ...['apiUrl', 'serverKey', 'action', 'challengeOrigin', 'requiredAcr', 'failurePolicy', 'fallbackCredentials'],
      ...['connectTimeoutMs', 'deadlineMs', 'maxAttempts', 'ssoReuseSeconds', 'deviceCookie', 'sendRoles', 'sendGroups', 'attributes'],
      ...['default.reference.value', 'default.reference.maxAge'],
    ]);
    expect(properties.filter(({ helpText }) => !helpText)).toEqual([]);
  });
});
