import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calculateJwkThumbprint } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createProviderKeys } from '../../../adapters/oidc/key-rotation.ts';
import { keptKeys, makeKeys, openKeys, providerKeys } from '../../../adapters/oidc/keys.ts';
import { createSwappable } from '../../../adapters/oidc/swappable.ts';
import { createRandom } from '../../../adapters/secrets/random.ts';
import { createSecrets } from '../../../adapters/secrets/secrets.ts';
import { createStore } from '../../../adapters/store/create-store.ts';
import { createPolicies } from '../../../core/index.ts';

const hour = 3_600_000;
const secrets = createSecrets({ keys: [{ id: 'test', key: new Uint8Array(32).fill(7) }] });

/** Nodes on one database, with one clock that the test moves. */
const createNodes = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stepward-keys-'));
  let clock = Date.parse('2026-03-02T09:00:00Z');
  const random = createRandom();
  const now = () => clock;
  const uuid = () => random.uuid(clock);
  const stores: Awaited<ReturnType<typeof createStore>>[] = [];
  const node = async () => {
    const store = await createStore(`sqlite:${join(folder, 'stepward.db')}`, { now, uuid, warn: () => undefined });
    await store.migrate();
    stores.push(store);
    const policies = createPolicies({ store, now, uuid });
    return { store, policies, keys: createProviderKeys(policies, secrets, now) };
  };
  return {
    node,
    now,
    pass: (ms: number) => {
      clock += ms;
    },
    end: async () => {
      for (const store of stores) await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
type Nodes = Awaited<ReturnType<typeof createNodes>>;
type Node = Awaited<ReturnType<Nodes['node']>>;

describe('signing keys of the provider', () => {
  let nodes: Nodes;
  let one: Node;
  let other: Node;
  const states = async ({ keys }: Node) => (await keys.list()).keys.map(({ alg, state }) => `${state} ${alg}`);
  const opened = async ({ policies }: Node) => {
    await policies.fresh();
    return providerKeys(policies, secrets, nodes.now);
  };
  const rotated = async ({ keys }: Node, publishedFor?: number) => (await keys.rotate('operator', publishedFor)).done;
  beforeAll(async () => {
    nodes = await createNodes();
    [one, other] = [await nodes.node(), await nodes.node()];
  });
  afterAll(() => nodes.end());
  beforeEach(async () => {
    nodes.pass(hour);
    await one.policies.change((set) => ({
      remove: keptKeys(set).map(({ kid }) => ({ kind: 'oidc-key', id: kid })),
      answer: undefined,
    }));
    await other.policies.fresh();
  });
  /** Who did what since a moment of the clock, oldest first. */
  const audited = async (since: number) =>
    (await one.store.audit({ limit: 200 })).filter(({ at }) => at >= since).map(({ actor, what }) => `${actor} ${what}`);

  describe('at the first start', () => {
    it('one node makes them, whoever starts at the same moment takes these', async () => {
      const [mine, yours] = await Promise.all([
        providerKeys(one.policies, secrets, nodes.now),
        providerKeys(other.policies, secrets, nodes.now),
      ]);
      expect(yours).toEqual(mine);
      expect(await states(one)).toEqual(['signing ES256', 'signing RS256']);
      expect(await audited(nodes.now())).toEqual(['start oidc-key.created', 'start oidc-key.created']);
    });
    it('are of an algorithm that every client takes, and named by their thumbprint', async () => {
      const { jwks } = await providerKeys(one.policies, secrets, nodes.now);
      for (const { kid, ...jwk } of jwks.keys) expect(kid).toBe(await calculateJwkThumbprint(jwk));
      expect(jwks.keys.map(({ alg, use, crv, n = '' }) => [alg, use, crv, Buffer.from(n, 'base64url').length * 8])).toEqual([
        ['ES256', 'sig', 'P-256', 0],
        ['RS256', 'sig', undefined, 2048],
      ]);
    });
    it('a node that starts later has the same', async () => {
      const mine = await providerKeys(one.policies, secrets, nodes.now);
      const late = await nodes.node();
      expect(await providerKeys(late.policies, secrets, nodes.now)).toEqual(mine);
    });
  });

  describe('at rest', () => {
    it('no private part is in what is kept, nor in what is shown', async () => {
      const { jwks, publicJwks } = await providerKeys(one.policies, secrets, nodes.now);
      const kept = JSON.stringify([await one.store.documentsSince(0), await one.store.audit({ limit: 200 })]);
      const shown = JSON.stringify([publicJwks, await one.keys.list()]);
      const secretParts = jwks.keys.flatMap(({ d, p, q, dp, dq, qi }) => [d, p, q, dp, dq, qi]).filter((part) => part !== undefined);
      expect(secretParts).toHaveLength(7);
      for (const part of secretParts) {
        expect(kept).not.toContain(part);
        expect(shown).not.toContain(part);
      }
      expect(shown).not.toContain('sealed');
    });
    it('each is sealed for its own id', async () => {
      await providerKeys(one.policies, secrets, nodes.now);
      const set = await one.policies.fresh();
      const [first, second] = keptKeys(set);
      const swapped = new Map<string, unknown>([[`oidc-key/${first?.kid}`, { ...first, sealed: second?.sealed }]]);
      expect(() => openKeys({ ...set, others: swapped }, secrets)).toThrow('another context');
    });
    it('a node without the encryption key says so', async () => {
      await providerKeys(one.policies, secrets, nodes.now);
      const foreign = createSecrets({ keys: [{ id: 'other', key: new Uint8Array(32).fill(9) }] });
      await expect(providerKeys(other.policies, foreign, nodes.now)).rejects.toThrow('not configured');
    });
  });

  describe('a rotation', () => {
    beforeEach(async () => void (await opened(one)));

    it('publishes, signs, removes, each when its time has come', async () => {
      const first = await opened(one);
      expect(await rotated(one)).toBe('publish');
      expect(await states(one)).toEqual(['signing ES256', 'signing RS256', 'published ES256', 'published RS256']);
      const [began, rest] = [await opened(one), { step: 'sign', at: nodes.now() + hour }];
      expect(began.jwks.keys.slice(0, 2)).toEqual(first.jwks.keys);
      nodes.pass(hour - 1);
      expect(await one.keys.rotate('operator')).toMatchObject({ next: rest });
      expect(await opened(one)).toEqual(began);
      nodes.pass(1);
      expect(await rotated(one)).toBe('sign');
      expect(await states(one)).toEqual(['signing ES256', 'signing RS256', 'retired ES256', 'retired RS256']);
      const { jwks } = await opened(one);
      expect(jwks.keys.slice(0, 2)).toEqual(began.jwks.keys.slice(2));
      expect(jwks.keys.slice(2)).toEqual(first.jwks.keys);
      nodes.pass(24 * hour - 1);
      const early = await one.keys.rotate('operator');
      expect([early.done, early.next]).toEqual([undefined, { step: 'remove', at: nodes.now() + 1 }]);
      nodes.pass(1);
      expect(await rotated(one)).toBe('remove');
      expect((await opened(one)).jwks.keys).toEqual(began.jwks.keys.slice(2));
      expect((await one.keys.list()).next.step).toBe('publish');
    });
    it('each step is in the audit log, with who did it', async () => {
      nodes.pass(1);
      await rotated(one);
      expect(await audited(nodes.now())).toEqual(['operator oidc-key.published', 'operator oidc-key.published']);
    });
    it('another node hears of it', async () => {
      const before = await opened(other);
      await rotated(one);
      expect((await opened(other)).version).not.toBe(before.version);
      expect(await opened(other)).toEqual(await opened(one));
    });
    it.each(['publish', 'sign', 'remove'] as const)('two who ask at once do one step: %s', async (step) => {
      for (let due = await one.keys.list(); due.next.step !== step; due = await one.keys.list()) {
        nodes.pass(Math.max(0, due.next.at - nodes.now()));
        await rotated(one);
      }
      const { next } = await one.keys.list();
      nodes.pass(Math.max(0, next.at - nodes.now()));
      const done = await Promise.all([rotated(one), rotated(other), rotated(one)]);
      expect(done.filter((each) => each !== undefined)).toEqual([step]);
      expect(await states(one)).toHaveLength(step === 'remove' ? 2 : 4);
    });
    it('an operator who knows of slower caches publishes for longer, and no later call shortens it', async () => {
      expect(await rotated(one, 48 * hour)).toBe('publish');
      const at = nodes.now() + 48 * hour;
      nodes.pass(47 * hour);
      expect(await one.keys.rotate('operator', hour)).toMatchObject({ next: { step: 'sign', at } });
      expect(await rotated(one)).toBeUndefined();
      nodes.pass(hour);
      expect(await rotated(one)).toBe('sign');
    });
    it.each([0, -1, hour - 1, 31 * 24 * hour + 1, Number.NaN, Number.POSITIVE_INFINITY])(
      'publishing for %d ms is refused',
      async (publishedFor) => {
        await expect(one.keys.rotate('operator', publishedFor)).rejects.toMatchObject({ code: 'invalid_request' });
      },
    );
    it('a clock that is set back delays, and never hastens', async () => {
      await rotated(one);
      nodes.pass(-hour);
      expect(await rotated(one)).toBeUndefined();
    });
  });

  describe('what is built from them', () => {
    const build = () => {
      const built: string[] = [];
      const ask = createSwappable({ policies: one.policies, secrets, now: nodes.now }, ({ version }) => {
        built.push(version);
        return { number: built.length };
      });
      return { built, ask };
    };
    it('is built once, however many ask, and whatever else is set', async () => {
      const { built, ask } = build();
      const [first, ...others] = await Promise.all([ask(), ask(), ask()]);
      await one.policies.ensure('signIn');
      expect(new Set([first, ...others, await ask()]).size).toBe(1);
      expect(built).toHaveLength(1);
    });
    it('is another after a step on another node, and whoever has the old one goes on with it', async () => {
      const { ask } = build();
      const old = await ask();
      await rotated(other);
      await one.policies.fresh();
      expect(await ask()).toEqual({ number: 2 });
      expect(old).toEqual({ number: 1 });
    });
    it('what could not be built is tried again', async () => {
      let tries = 0;
      const ask = createSwappable({ policies: one.policies, secrets, now: nodes.now }, () => {
        tries += 1;
        if (tries === 1) throw new Error('not now');
        return tries;
      });
      await expect(ask()).rejects.toThrow('not now');
      expect(await ask()).toBe(2);
    });
  });
});

describe('keys that are made', () => {
  it('are new each time', async () => {
    const [some, others] = await Promise.all([makeKeys(), makeKeys()]);
    expect(new Set([...some, ...others].map(({ kid }) => kid)).size).toBe(4);
  });
});
