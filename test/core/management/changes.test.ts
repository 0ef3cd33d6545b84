import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ManagementPorts } from '../../../core/index.ts';
import { apiKeyId } from '../../../core/index.ts';
import { type Settled, settled } from './settled.ts';

let here: Settled;
beforeAll(async () => {
  here = await settled(() => Date.UTC(2026, 0, 1));
});
afterAll(() => here.stop());

describe('changes of many at once', () => {
  it('none is lost: 20 rules added in parallel get 20 priorities and 20 versions', async () => {
    const { management, store } = here;
    await management.createActionConfiguration('a', 'busy', {});
    // a compare-and-swap is tried a bounded number of times: ten at once, twice
    for (const _ of [1, 2])
      await Promise.all(
        Array.from({ length: 10 }, (__, n) => management.createRule(`editor-${n}`, 'busy', { name: `r${n}`, type: 'BLOCK' })),
      );
    const { answer, policyVersion } = await management.listRules('busy');
    expect(answer.map(({ priority }) => priority)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(policyVersion).toBe(21);
    expect((await store.policyVersions('busy')).map(({ version }) => version)).toEqual(Array.from({ length: 21 }, (_, n) => 21 - n));
    expect((await store.audit({ limit: 100 })).filter(({ what }) => what === 'rule.created')).toHaveLength(20);
  });

  it('one that is refused writes nothing: no version, no audit entry', async () => {
    const { management, store } = here;
    const before = [await store.revision(), (await store.audit({ limit: 500 })).length];
    await expect(management.createRule('a', 'busy', { name: 'bad', type: 'BLOCK', conditions: { nope: 1 } })).rejects.toMatchObject({
      code: 'invalid_rule',
    });
    await expect(management.createRule('a', 'busy', { name: 'late', type: 'BLOCK' }, '1')).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    await expect(management.orderRules('a', 'busy', [], undefined)).rejects.toMatchObject({ code: 'precondition_required' });
    expect([await store.revision(), (await store.audit({ limit: 500 })).length]).toEqual(before);
  });

  it('a frozen version does not change with the policy', async () => {
    const { management } = here;
    const before = JSON.stringify(await management.getVersion('busy', 5));
    await management.updateActionConfiguration('a', 'busy', { learn: 'proof' });
    expect(JSON.stringify(await management.getVersion('busy', 5))).toBe(before);
  });
});

describe('API keys', () => {
  it('are 256 random bits behind an id, and differ', async () => {
    const keys = [];
    for (let n = 0; n < 5; n += 1) keys.push(await here.management.createApiKey('a', { name: 'k', kind: 'management' }));
    for (const { id, key } of keys) expect(apiKeyId(key)).toBe(id);
    expect(new Set(keys.map(({ key }) => key.slice(-43))).size).toBe(5);
  });
  it.each([
    '',
    'sk_',
    'sk_x_y',
    `sk_0193a7c4-0000-7000-8000-00000000000g_${'a'.repeat(43)}`,
    `xk_0193a7c4-0000-7000-8000-000000000001_${'a'.repeat(43)}`,
  ])('a text such as %j has no id', (text) => {
    expect(apiKeyId(text)).toBeUndefined();
  });
});

describe('lint counts on the data that this deployment has', () => {
  const country = { '==': [{ var: 'ip.countryCode' }, 'DE'] };
  const codes = async (ports: Partial<ManagementPorts>): Promise<readonly string[]> => {
    const other = await settled(() => 0, ports);
    await other.management.createActionConfiguration('a', 'x', {});
    const { answer } = await other.management.createRule('a', 'x', { name: 'r', type: 'BLOCK', onUnknown: 'skip', conditions: country });
    await other.stop();
    return answer.warnings.map(({ code }) => code);
  };
  it('warns without country data, not with city or country data', async () => {
    expect(await codes({})).toContain('data-unavailable');
    expect(await codes({ ip: { available: () => new Set(['city'] as const) } })).not.toContain('data-unavailable');
    expect(await codes({ ip: { available: () => new Set(['country'] as const) } })).not.toContain('data-unavailable');
    expect(await codes({ ip: { available: () => new Set(['asn'] as const) } })).toContain('data-unavailable');
  });
});
