import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createStore } from '../../../adapters/store/create-store.ts';
import { upTo, uuidOf } from './builders.ts';

it('two processes on one SQLite file, which make it together, lose no update of one user', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stepward-processes-'));
  const url = `sqlite:${join(folder, 'store.db')}`;
  const codes = await Promise.all(
    upTo(2).map(async () => {
      const script = join(import.meta.dirname, 'incrementer.ts');
      const child = spawn(process.execPath, [script, url, 'shared', '100'], { stdio: ['ignore', 'ignore', 'inherit'] });
      return (await once(child, 'exit'))[0];
    }),
  );
  expect(codes).toEqual([0, 0]);
  const store = await createStore(url, { now: Date.now, uuid: () => uuidOf(Date.now()), warn: () => undefined });
  expect((await store.user('shared'))?.consecutiveFailures).toBe(200);
  await store.close();
  rmSync(folder, { recursive: true });
});
