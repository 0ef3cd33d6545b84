import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');
const folder = resolve(import.meta.dirname, '..');
const typings = join(folder, 'node_modules/@types/aws-lambda/index.d.ts');

/** Each of our types against that of AWS: what we answer is what they take, what we read is what they send. */
const source = (ours: string): string => `
import type {
  CreateAuthChallengeTriggerEvent as Create, DefineAuthChallengeTriggerEvent as Define, PreTokenGenerationTriggerEvent as V1,
  PreTokenGenerationV2TriggerEvent as V2, PreTokenGenerationV3TriggerEvent as V3, VerifyAuthChallengeResponseTriggerEvent as Verify, Context,
} from 'aws-lambda';
import type { CreateResponse, DefineResponse, Groups, LambdaContext, TriggerEvent, TriggerRequest, VerifyResponse } from '${ours}/event.ts';
import type { Source } from '${ours}/gates.ts';

type All = Create | Define | Verify | V1 | V2 | V3;
type KeysOf<T> = T extends unknown ? keyof T : never;
const takes = <T>(_: T): void => undefined;
declare const created: CreateResponse;
declare const defined: DefineResponse;
declare const verified: VerifyResponse;
takes<Create['response']>(created);
takes<Define['response']>(defined);
takes<Verify['response']>(verified);
takes<KeysOf<All['request']>>({} as keyof TriggerRequest);
takes<KeysOf<All>>({} as keyof TriggerEvent);
takes<KeysOf<V1['request']['groupConfiguration']>>({} as keyof Groups);
takes<V1['triggerSource'] | V3['triggerSource']>({} as \`TokenGeneration_\${Source | 'ClientCredentials'}\`);
takes<\`TokenGeneration_\${Source}\`>({} as V1['triggerSource'] | V2['triggerSource']);
takes<LambdaContext>({} as Context);
takes<TriggerEvent>({} as All);
takes<keyof V1['response']>('claimsOverrideDetails');
takes<keyof V2['response']>('claimsAndScopeOverrideDetails');
takes<keyof V3['response']>('claimsAndScopeOverrideDetails');
takes<V2['response']['claimsAndScopeOverrideDetails']['accessTokenGeneration']>({ scopesToAdd: ['a'], scopesToSuppress: ['b'], claimsToAddOrOverride: {} });
`;

const check = (text: string): string => {
  const made = mkdtempSync(join(folder, 'typings-'));
  const file = join(made, 'conforms.ts');
  writeFileSync(file, text);
  writeFileSync(join(made, 'tsconfig.json'), JSON.stringify({ extends: join(root, 'tsconfig.json'), include: ['conforms.ts'] }));
  try {
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', made], { encoding: 'utf8' });
    return '';
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout);
  } finally {
    rmSync(made, { recursive: true });
  }
};

describe.skipIf(!existsSync(typings) && process.env.CI !== 'true')('the events, as @types/aws-lambda has them', () => {
  const ours = '../../../adapters/cognito/triggers';

  it('are the events here', () => expect(check(source(ours))).toBe(''));

  it('a name that AWS does not have would be seen', () => {
    expect(check(`${source(ours)}\ntakes<keyof V1['response']>('claimsAndScopes');\n`)).toMatch(/claimsAndScopes/);
  });
});
