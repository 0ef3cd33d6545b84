import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { triggerNames } from '../../scripts/build-cognito.ts';
import { sourcesBelow } from '../../scripts/source.ts';
import { findCfnLint, lint } from './support/cfn-lint.ts';

const root = resolve(import.meta.dirname, '../..');
const file = join(root, 'examples/cognito-custom-auth/template.yaml');
const template = readFileSync(file, 'utf8');
const all = (form: RegExp): readonly string[] => [...template.matchAll(form)].map(([, found = '']) => found);

/** Findings must come of each of these, or the check would be none. */
const wrongs = [
  ['a flow that there is not', 'ALLOW_CUSTOM_AUTH', 'ALLOW_CUSTOM_AUTHS'],
  ['a trigger that there is not', 'VerifyAuthChallengeResponse:', 'VerifyAuthChallenge:'],
  ['a function that there is not', '!GetAtt CreateFunction.Arn', '!GetAtt CreationFunction.Arn'],
  ['a session of an hour', 'AuthSessionValidity: 15', 'AuthSessionValidity: 60'],
] as const;

const command = findCfnLint();

describe.skipIf(command === undefined)('the SAM template is one that AWS takes, by its own schemas', () => {
  let folder: string;
  let findings: readonly string[];
  const copyOf = (what: string): string => join(folder, `${what.replaceAll(' ', '-')}.yaml`);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'stepward-template-'));
    for (const [what, right, wrong] of wrongs) writeFileSync(copyOf(what), template.replaceAll(right, wrong));
    findings = lint(command ?? '', [file, ...wrongs.map(([what]) => copyOf(what))]);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('as it is', () => expect(findings.filter((line) => !line.startsWith(folder))).toEqual([]));

  it.each(wrongs)('and not with %s', (what, right) => {
    expect(template).toContain(right);
    expect(findings.filter((line) => line.startsWith(`${copyOf(what)}:`)).join()).toMatch(/:E\d{4}:/);
  });
});

describe('the SAM template says what the functions read', () => {
  it('each function is one that is built', () => {
    expect(all(/Handler: ([\w-]+)\.handler$/gm)).toEqual(['define', 'create', 'verify', 'pre-token']);
    for (const handler of all(/Handler: ([\w-]+)\.handler$/gm)) expect(triggerNames).toContain(handler);
    expect(template).toContain('CodeUri: ../../dist/cognito/');
  });

  it('each setting is one that they read', () => {
    const read = sourcesBelow(root, 'adapters/cognito/triggers')
      .map((name) => readFileSync(join(root, name), 'utf8'))
      .join('\n');
    const told = new Set(all(/^ +(STEPWARD_\w+):/gm));
    expect([...told].filter((name) => !read.includes(`'${name}'`))).toEqual([]);
    for (const needed of ['STEPWARD_URL', 'STEPWARD_SERVER_KEY', 'STEPWARD_RETURN_URLS', 'STEPWARD_GATE']) expect(told).toContain(needed);
  });

  it('Cognito may call each of them for this pool alone, and the client has no other way in', () => {
    const permissions = template.split('AWS::Lambda::Permission').slice(1);
    expect(permissions).toHaveLength(4);
    for (const permission of permissions) {
      expect(permission).toMatch(
        /Principal: cognito-idp\.amazonaws\.com\n +SourceArn: !GetAtt Pool\.Arn\n +SourceAccount: !Ref AWS::AccountId/,
      );
    }
    expect(all(/ExplicitAuthFlows: \[(.*)\]/g)).toEqual(['ALLOW_CUSTOM_AUTH, ALLOW_REFRESH_TOKEN_AUTH']);
    expect(all(/AllowedOAuthFlowsUserPoolClient: (\w+)/g)).toEqual(['false']);
  });

  it('holds no secret', () => expect(template).toMatch(/ServerKey:\n +Type: String\n +NoEcho: true\n(?! +Default)/));
});
