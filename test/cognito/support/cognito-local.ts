import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Lambdas } from '../lambda-host/index.ts';
import { createCaller, type UserPool } from '../simulator/index.ts';
import { packageFile } from './packages.ts';

export type CognitoLocal = { readonly call: UserPool['call']; stop(): Promise<void> };

/** cognito-local in a process and a folder of its own. @param triggers slot → function name. */
export const startCognitoLocal = async (
  lambdas: Pick<Lambdas, 'url'>,
  triggers: Readonly<Record<string, string>>,
): Promise<CognitoLocal> => {
  const folder = mkdtempSync(join(tmpdir(), 'stepward-cognito-local-'));
  mkdirSync(join(folder, '.cognito'));
  const LambdaClient = { endpoint: lambdas.url, region: 'eu-west-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  writeFileSync(
    join(folder, '.cognito/config.json'),
    JSON.stringify({ LambdaClient, TriggerFunctions: triggers, ServerConfig: { hostname: '127.0.0.1', port: 0 } }),
  );
  const child = spawn(process.execPath, [packageFile('cognito-local/lib/bin/start.js')], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const gone = new Promise<void>((done) => child.once('exit', () => done()));
  const stop = async (): Promise<void> => {
    child.kill();
    await gone;
    rmSync(folder, { recursive: true, force: true });
  };
  const url = await new Promise<string | undefined>((resolve) => {
    let written = '';
    const read = (part: Buffer): void => {
      written += part;
      const [, address] = /running on (http:\/\/\S+)/.exec(stripVTControlCharacters(written)) ?? [];
      if (address) resolve(address);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', () => resolve(undefined));
  });
  if (url === undefined) {
    await stop();
    throw new Error('cognito-local did not start');
  }
  return { call: createCaller(`${url}/`), stop };
};
