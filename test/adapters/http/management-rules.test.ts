import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Running, running } from './running.ts';

let server: Running;
let action = 'a0';
let count = 0;
beforeAll(async () => {
  server = await running();
});
afterAll(() => server.stop());
beforeEach(async () => {
  count += 1;
  action = `a${count}`;
  await server.manage('POST', '/action-configurations', { actionCode: action, defaultUserActionResult: 'ALLOW' });
});

const isNew = { '==': [{ var: 'device.isNew' }, true] };
const rules = (): string => `/action-configurations/${action}/rules`;
const add = (body: Record<string, unknown> = {}): Promise<Answer> =>
  server.manage('POST', rules(), { name: 'r', type: 'BLOCK', conditions: isNew, ...body });
const order = async (): Promise<readonly (readonly unknown[])[]> =>
  (await server.manage('GET', rules())).body.map(({ name, priority }) => [name, priority]);
const three = async (): Promise<readonly string[]> => {
  const made = [];
  for (const name of ['a', 'b', 'c']) made.push(String((await add({ name })).body.ruleId));
  return made;
};

describe('a new rule', () => {
  it('is active, in production, last, and comes back as it was sent', async () => {
    const conditions = { or: [{ '===': [{ var: ['device.isNew', false] }, true] }, { in: [{ var: 'ip.countryCode' }, ['DE', 'fr']] }] };
    const { status, body, headers } = await add({ conditions, description: 'd' });
    expect([status, headers.etag]).toEqual([201, '"2"']);
    expect(body).toMatchObject({
      actionCode: action,
      tenantId: 'test',
      name: 'r',
      description: 'd',
      type: 'BLOCK',
      priority: 0,
      isActive: true,
      status: 'active',
      mode: 'production',
      onUnknown: 'skip',
      matches7d: 0,
    });
    expect(body.conditions).toEqual(conditions);
    expect((await server.manage('GET', `${rules()}/${body.ruleId}`)).body.conditions).toEqual(conditions);
    expect((await add()).body.priority).toBe(1);
  });

  it('may have no conditions', async () => {
    expect((await add({ conditions: null })).body.conditions).toBeNull();
  });

  it('needs a name and an outcome that there is', async () => {
    for (const body of [
      { name: null },
      { name: '' },
      { type: null },
      { type: 'MAYBE' },
      { type: 'RECOMMENDED' },
      { priority: 1000 },
      { priority: -1 },
      { priority: 1.5 },
    ])
      expect((await add(body)).status, JSON.stringify(body)).toBe(400);
  });

  it('takes a free priority only', async () => {
    expect((await add({ priority: 7 })).status).toBe(201);
    const { status, body } = await add({ priority: 7 });
    expect([status, body.error]).toEqual([409, 'priority_taken']);
    expect((await add({ priority: 7, mode: 'preview' })).body.error).toBe('priority_taken');
    expect((await add()).body.priority).toBe(8);
    await add({ priority: 999 });
    expect((await add()).body.error).toBe('priority_taken');
  });

  it.each([
    [{ '==': [{ var: 'custom.withdrawlAmount' }, 5] }],
    [{ nope: [1] }],
    [{ '==': [{ var: 'device.isNew' }, '1'] }],
    ['text'],
    [{ and: [] }],
  ])('with bad conditions %j is refused with the place', async (conditions) => {
    const { status, body } = await add({ conditions });
    expect([status, body.error]).toEqual([400, 'invalid_rule']);
    expect(body.details).toEqual(
      expect.arrayContaining([expect.objectContaining({ pointer: expect.stringMatching(/^\/conditions/), expected: expect.any(String) })]),
    );
    expect(await order()).toEqual([]);
  });

  it('names the data point that was meant', async () => {
    await server.manage('POST', '/custom-data-points', { name: 'withdrawalAmount', dataType: 'number', modelType: 'action' });
    const { body, text } = await add({ conditions: { '>': [{ var: 'custom.withdrawlAmount' }, 5] } });
    expect(body.error).toBe('invalid_rule');
    expect(text).toContain('withdrawalAmount');
  });

  it('that lets through what is unknown is refused', async () => {
    expect((await add({ type: 'ALLOW', onUnknown: 'match' })).body.error).toBe('invalid_rule');
  });

  it('has a default method among its methods', async () => {
    expect((await add({ verificationMethods: ['PASSKEY'], defaultVerificationMethod: 'EMAIL_OTP' })).body.error).toBe('invalid_rule');
  });

  it('is warned of what lint says of it', async () => {
    const { body } = await add({ conditions: { '==': [{ var: 'ip.countryCode' }, 'DE'] } });
    expect(body.warnings).toEqual(expect.arrayContaining([expect.objectContaining({ code: 'data-unavailable', ruleId: body.ruleId })]));
  });

  it('is the 100th at most', async () => {
    for (let n = 0; n < 100; n += 1) expect((await add({ priority: n })).status).toBe(201);
    expect((await add({ priority: 500 })).body.error).toBe('invalid_rule');
  });

  it('belongs to an action that there is', async () => {
    expect((await server.manage('POST', '/action-configurations/nobody/rules', { name: 'r', type: 'BLOCK' })).status).toBe(404);
  });
});

describe('isActive and status are one thing', () => {
  const rows: readonly (readonly [Record<string, unknown>, number, unknown])[] = [
    [{}, 201, 'active'],
    [{ isActive: false }, 201, 'inactive'],
    [{ status: 'inactive' }, 201, 'inactive'],
    [{ isActive: false, status: 'inactive' }, 201, 'inactive'],
    [{ isActive: true, status: 'active' }, 201, 'active'],
    [{ isActive: false, status: 'active' }, 400, undefined],
    [{ isActive: true, status: 'inactive' }, 400, undefined],
  ];
  it.each(rows)('%j', async (said, status, shown) => {
    const made = await add(said);
    expect([made.status, made.body.status, made.body.isActive]).toEqual([
      status,
      shown,
      shown === undefined ? undefined : shown === 'active',
    ]);
  });

  it('on PATCH too', async () => {
    const { ruleId } = (await add()).body;
    const patch = async (body: unknown) => (await server.manage('PATCH', `${rules()}/${ruleId}`, body)).body;
    expect(await patch({ status: 'inactive' })).toMatchObject({ status: 'inactive', isActive: false });
    expect(await patch({ isActive: true })).toMatchObject({ status: 'active', isActive: true });
    expect(await patch({ isActive: false, status: 'active' })).toMatchObject({ error: 'invalid_request' });
    expect(await patch({ name: 'other' })).toMatchObject({ status: 'active', name: 'other' });
  });
});

describe('changing a rule', () => {
  it('changes what is said and clears by null', async () => {
    const { ruleId } = (await add({ description: 'd', mode: 'preview', onUnknown: 'match', verificationMethods: ['PASSKEY'] })).body;
    const { body, headers } = await server.manage('PATCH', `${rules()}/${ruleId}`, {
      description: null,
      verificationMethods: null,
      onUnknown: null,
    });
    expect(headers.etag).toBe('"3"');
    expect(body).toMatchObject({ mode: 'preview', type: 'BLOCK', conditions: isNew, onUnknown: 'skip' });
    expect(body).not.toHaveProperty('description');
    expect(body).not.toHaveProperty('verificationMethods');
    expect((await server.manage('PATCH', `${rules()}/${ruleId}`, { conditions: null, mode: null })).body).toMatchObject({
      conditions: null,
      mode: 'production',
    });
  });

  it('a priority that is taken is refused, and null puts it last', async () => {
    const [first] = await three();
    expect((await server.manage('PATCH', `${rules()}/${first}`, { priority: 1 })).body.error).toBe('priority_taken');
    await server.manage('PATCH', `${rules()}/${first}`, { priority: null });
    expect(await order()).toEqual([
      ['b', 1],
      ['c', 2],
      ['a', 3],
    ]);
  });

  it('bad conditions leave it as it was', async () => {
    const { ruleId } = (await add()).body;
    expect((await server.manage('PATCH', `${rules()}/${ruleId}`, { conditions: { nope: 1 } })).status).toBe(400);
    expect((await server.manage('GET', `${rules()}/${ruleId}`)).body.conditions).toEqual(isNew);
    expect((await server.manage('GET', rules())).headers.etag).toBe('"2"');
  });

  it('an unknown rule is 404', async () => {
    for (const [method, path, body] of [
      ['GET', 'x', undefined],
      ['PATCH', 'x', {}],
      ['DELETE', 'x', undefined],
      ['POST', 'x/move', { to: 'top' }],
    ] as const)
      expect((await server.manage(method, `${rules()}/${path}`, body)).status, method).toBe(404);
  });

  it('deleting it says so', async () => {
    const { ruleId } = (await add()).body;
    const { status, body, headers } = await server.manage('DELETE', `${rules()}/${ruleId}`);
    expect([status, headers.etag, body]).toEqual([200, '"3"', { success: true, statusCode: 200, message: expect.any(String) }]);
    expect((await server.manage('GET', `${rules()}/${ruleId}`)).status).toBe(404);
  });

  it('If-Match is honoured on PATCH and DELETE', async () => {
    const { ruleId } = (await add()).body;
    const stale = { headers: { 'if-match': '"1"' } };
    const present = { headers: { 'if-match': '"2"' } };
    expect((await server.manage('PATCH', `${rules()}/${ruleId}`, { name: 'x' }, stale)).body.error).toBe('precondition_failed');
    expect((await server.manage('DELETE', `${rules()}/${ruleId}`, undefined, stale)).status).toBe(412);
    expect((await server.manage('PATCH', `${rules()}/${ruleId}`, { name: 'x' }, present)).status).toBe(200);
    expect((await server.manage('DELETE', `${rules()}/${ruleId}`, undefined, { headers: { 'if-match': '"3"' } })).status).toBe(200);
  });
});

describe('the order of rules', () => {
  const put = (ruleIds: readonly string[], ifMatch?: string): Promise<Answer> =>
    server.manage('PUT', `${rules()}/order`, { ruleIds }, ifMatch === undefined ? {} : { headers: { 'if-match': ifMatch } });

  it('needs If-Match', async () => {
    const { status, body } = await put([...(await three())].reverse());
    expect([status, body.error]).toEqual([428, 'precondition_required']);
    expect(await order()).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ]);
  });

  it('is changed in one step and renumbered from 0', async () => {
    await add({ name: 'z', priority: 900 });
    const ids = [...(await server.manage('GET', rules())).body.map(({ ruleId }) => String(ruleId)), ...(await three().catch(() => []))];
    const listed = await server.manage('GET', rules());
    const { status, headers, body } = await put([...ids].reverse(), listed.headers.etag);
    expect([status, body.map(({ name, priority }) => [name, priority])]).toEqual([
      200,
      [
        ['c', 0],
        ['b', 1],
        ['a', 2],
        ['z', 3],
      ],
    ]);
    expect(Number(headers.etag?.slice(1, -1))).toBe(Number(listed.headers.etag?.slice(1, -1)) + 1);
    expect(await order()).toEqual([
      ['c', 0],
      ['b', 1],
      ['a', 2],
      ['z', 3],
    ]);
  });

  it('of two editors the second hears 412 with the present order', async () => {
    const [a = '', b = '', c = ''] = await three();
    const etag = (await server.manage('GET', rules())).headers.etag;
    expect((await put([c, b, a], etag)).status).toBe(200);
    const { status, body } = await put([b, a, c], etag);
    expect([status, body.error, body.details]).toEqual([412, 'precondition_failed', [{ policyVersion: 5, ruleIds: [c, b, a] }]]);
    expect(await order()).toEqual([
      ['c', 0],
      ['b', 1],
      ['a', 2],
    ]);
  });

  it('at the same moment, one of ten editors wins', async () => {
    const ids = await three();
    const etag = (await server.manage('GET', rules())).headers.etag;
    const answers = await Promise.all(Array.from({ length: 10 }, () => put([...ids].reverse(), etag)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(412)]);
  });

  it.each([
    ['one is missing', ([a = '', b = '']: readonly string[]) => [a, b]],
    ['one is named twice', ([a = '', b = '']: readonly string[]) => [a, b, b]],
    ['one is unknown', ([a = '', b = '']: readonly string[]) => [a, b, 'x']],
    ['one is too many', (ids: readonly string[]) => [...ids, 'x']],
  ])('is refused when %s', async (_, wrong) => {
    expect((await put(wrong(await three()), '*')).body.error).toBe('invalid_request');
    expect(await order()).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ]);
  });

  it.each([
    ['up', 1, ['b', 'a', 'c']],
    ['up', 0, ['a', 'b', 'c']],
    ['down', 1, ['a', 'c', 'b']],
    ['down', 2, ['a', 'b', 'c']],
    ['top', 2, ['c', 'a', 'b']],
    ['bottom', 0, ['b', 'c', 'a']],
  ] as const)('move %s of the rule at %i gives %j', async (to, at, names) => {
    const ids = await three();
    const { status, body } = await server.manage('POST', `${rules()}/${ids[at]}/move`, { to });
    expect([status, body.map(({ name }) => name)]).toEqual([200, names]);
  });
});

describe('figures of a rule', () => {
  it('tell its matches of seven days and the last', async () => {
    const { ruleId } = (await add()).body;
    const now = Date.now();
    const dayAgo = (days: number) => new Date(now - days * 86_400_000).toISOString().slice(0, 10);
    const zero = {
      action,
      ruleId: String(ruleId),
      evaluated: 1,
      unknown: 0,
      errors: 0,
      decidesAlone: 0,
      wins: 0,
      changes: 0,
      matchedUsers: [],
    };
    await server.store.transact({
      userId: 'u',
      load: {},
      run: () => ({ changes: { events: [{ type: 'test', at: now, data: {} }] }, answer: undefined }),
    });
    await server.store.drainOutbox(10, () => ({
      ruleDays: [
        { ...zero, day: dayAgo(0), matched: 3, lastMatchedAt: now - 1000 },
        { ...zero, day: dayAgo(6), matched: 4, lastMatchedAt: now - 6 * 86_400_000 },
        { ...zero, day: dayAgo(7), matched: 50 },
      ],
    }));
    const { body } = await server.manage('GET', `${rules()}/${ruleId}`);
    expect([body.matches7d, body.lastMatchedAt]).toEqual([7, new Date(now - 1000).toISOString()]);
  });
});
