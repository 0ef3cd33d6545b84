import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const { scripts } = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

describe('a script that runs until it is stopped', () => {
  it.each(['start', 'demo', 'demo:sdk'])('%s takes the place of the shell: npm hands signals to the shell alone', (name) => {
    expect(scripts[name]).toMatch(/^exec node --import \.\/scripts\/require-node\.js /);
  });
});
