import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labClient, type UpstreamSide, upstreamSide } from '../../support/upstream-client.ts';
import { startUpstream, type UpstreamProvider } from '../../support/upstream-provider.ts';

let lab: UpstreamProvider;
let other: UpstreamProvider;
let side: UpstreamSide;
beforeAll(async () => {
  const clients = [labClient(), labClient({ id: 'other' })];
  [lab, other, side] = await Promise.all([startUpstream({ clients }), startUpstream({ clients }), upstreamSide()]);
});
afterAll(() => Promise.all([lab.close(), other.close(), side.close()]));

const refused = { error: 'temporarily_unavailable' };

describe('a state at an upstream', () => {
  it('serves one of many that use it at once, on any node', async () => {
    const upstream = side.record(lab);
    const back = await side.goTo(upstream, 'alice');
    const before = lab.requests('token').length;
    const nodes = Array.from({ length: 8 }, side.node);
    const finished = await Promise.allSettled(nodes.map((node) => node.finish(upstream, 'uid-1', new URLSearchParams(back))));
    expect(finished.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(lab.requests('token')).toHaveLength(before + 1);
    await expect(side.upstreams.finish(upstream, 'uid-1', back)).rejects.toMatchObject(refused);
    expect(await side.upstreams.interactionOf('corp', back.get('state') ?? '')).toBeUndefined();
  });

  it('is not spent by looking whose it is', async () => {
    const upstream = side.record(lab);
    const back = await side.goTo(upstream, 'alice', { uid: 'uid-2' });
    for (let looks = 0; looks < 3; looks++) expect(await side.upstreams.interactionOf('corp', back.get('state') ?? '')).toBe('uid-2');
    expect((await side.upstreams.finish(upstream, 'uid-2', back)).sub).toBe('alice');
  });

  it('is of one interaction: with the cookie of another nothing is redeemed', async () => {
    const upstream = side.record(lab);
    const back = await side.goTo(upstream, 'alice', { uid: 'uid-of-the-attacker' });
    const before = lab.requests('token').length;
    await expect(side.upstreams.finish(upstream, 'uid-of-the-victim', back)).rejects.toMatchObject(refused);
    expect(lab.requests('token')).toHaveLength(before);
  });

  it('is of one upstream: at the callback of another nothing is redeemed', async () => {
    const back = await side.goTo(side.record(lab), 'alice');
    const elsewhere = side.record(other, { id: 'other' });
    expect(await side.upstreams.interactionOf('other', back.get('state') ?? '')).toBeUndefined();
    await expect(side.upstreams.finish(elsewhere, 'uid-1', back)).rejects.toMatchObject(refused);
    expect(other.requests('token')).toEqual([]);
  });

  it('is of one version of the record: what was begun under the settings before is not redeemed under those of now', async () => {
    const back = await side.goTo(side.record(lab), 'alice');
    const before = lab.requests('token').length;
    await expect(side.upstreams.finish(side.record(lab), 'uid-1', back)).rejects.toMatchObject(refused);
    expect(lab.requests('token')).toHaveLength(before);
  });

  it('lives for ten minutes', async () => {
    const upstream = side.record(lab);
    const back = await side.goTo(upstream, 'alice');
    side.pass(600_000);
    expect(await side.upstreams.interactionOf('corp', back.get('state') ?? '')).toBeUndefined();
    await expect(side.upstreams.finish(upstream, 'uid-1', back)).rejects.toMatchObject(refused);
    side.pass(-600_000);
  });

  it.each(['', 'state=', 'state=x&state=y', 'code=x'])('is not made up (%j)', async (query) => {
    await expect(side.upstreams.finish(side.record(lab), 'uid-1', new URLSearchParams(query))).rejects.toMatchObject(refused);
  });
});
