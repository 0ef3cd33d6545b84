import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StepwardError } from '../../../core/index.ts';
import { type Running, running } from './running.ts';

let server: Running;
beforeAll(async () => {
  server = await running();
});
afterAll(() => server.stop());

const AC = '/action-configurations';

describe('action configurations', () => {
  it('a new one has the defaults and its own version', async () => {
    const { status, body, headers } = await server.manage('POST', AC, { actionCode: 'signIn', defaultUserActionResult: 'ALLOW' });
    expect([status, headers.etag]).toEqual([201, '"1"']);
    expect(body).toMatchObject({
      actionCode: 'signIn',
      defaultUserActionResult: 'ALLOW',
      tenantId: 'test',
      enrollment: 'verified-contact',
      failurePolicy: 'deny',
      challengeValidFor: 0,
      rememberDevice: { enabled: false, days: 30 },
      maxChallenges: 3,
      challengeExpiresIn: 600,
      minimumAssurance: 'aal1',
      consumeWithin: 300,
      reviewValidFor: 259_200,
      proofReuseSeconds: 10,
      recordSignals: [],
      acceptsProofOf: [],
      acceptClaimedDevice: false,
      clientStart: true,
      learn: 'proceed',
      policyVersion: 1,
    });
    expect(body).not.toHaveProperty('lastActionCreatedAt');
    expect((await server.manage('POST', AC, { actionCode: 'signIn' })).body.error).toBe('already_exists');
  });

  it('are one under both spellings of the path', async () => {
    expect((await server.manage('GET', '/action_configurations/signIn')).body).toEqual((await server.manage('GET', `${AC}/signIn`)).body);
  });

  it('PATCH is partial, null clears to the default, each change is a version', async () => {
    const one = await server.manage('PATCH', `${AC}/signIn`, { challengeValidFor: 60, verificationMethods: ['PASSKEY'], maxChallenges: 5 });
    expect([one.headers.etag, one.body.challengeValidFor, one.body.verificationMethods]).toEqual(['"2"', 60, ['PASSKEY']]);
    const two = await server.manage('PATCH', `${AC}/signIn`, {
      challengeValidFor: null,
      verificationMethods: null,
      defaultUserActionResult: null,
    });
    expect([two.headers.etag, two.body.challengeValidFor, two.body.maxChallenges, two.body.defaultUserActionResult]).toEqual([
      '"3"',
      0,
      5,
      'CHALLENGE',
    ]);
    expect(two.body).not.toHaveProperty('verificationMethods');
    const versions = await server.manage('GET', `${AC}/signIn/versions`);
    expect(versions.body.map(({ version }) => version)).toEqual([3, 2, 1]);
    expect((await server.manage('GET', `${AC}/signIn/versions/2`)).body).toMatchObject({
      version: 2,
      configuration: { challengeValidFor: 60 },
      rules: [],
    });
    expect((await server.manage('GET', `${AC}/signIn/versions/9`)).status).toBe(404);
    expect((await server.manage('GET', `${AC}/signIn/versions/x`)).status).toBe(404);
  });

  it.each([
    [{ defaultUserActionResult: 'MAYBE' }],
    [{ verificationMethods: ['PIGEON'] }],
    [{ verificationMethods: [] }],
    [{ verificationMethods: ['PASSKEY'], defaultVerificationMethod: 'EMAIL_OTP' }],
    [{ maxChallenges: 0 }],
    [{ challengeExpiresIn: 'x' }],
    [{ rememberDevice: { enabled: 'yes' } }],
    [{ recordSignals: ['device.isNwe'] }],
    [{ verificationWebhookUrl: 'https://169.254.169.254/' }],
    [{ enrollment: 'always' }],
    [{ minimumAssurance: 'aal9' }],
  ])('%j is refused', async (change) => {
    const { status, body } = await server.manage('PATCH', `${AC}/signIn`, change);
    expect([status, ['invalid_request', 'invalid_configuration'].includes(String(body.error))]).toEqual([400, true]);
    expect((await server.manage('GET', `${AC}/signIn`)).headers.etag).toBe('"3"');
  });

  it('If-Match is honoured', async () => {
    const stale = await server.manage('PATCH', `${AC}/signIn`, { maxChallenges: 4 }, { headers: { 'if-match': '"1"' } });
    expect([stale.status, stale.body.error]).toEqual([412, 'precondition_failed']);
    expect((await server.manage('DELETE', `${AC}/signIn`, undefined, { headers: { 'if-match': '"1"' } })).status).toBe(412);
    expect((await server.manage('PATCH', `${AC}/signIn`, { maxChallenges: 4 }, { headers: { 'if-match': 'W/"3"' } })).status).toBe(200);
    expect((await server.manage('PATCH', `${AC}/signIn`, { maxChallenges: 3 }, { headers: { 'if-match': '*' } })).status).toBe(200);
  });

  it('one that was deleted and made again goes on counting', async () => {
    await server.manage('POST', AC, { actionCode: 'gone' });
    await server.manage('PATCH', `${AC}/gone`, { learn: 'proof' });
    expect((await server.manage('DELETE', `${AC}/gone`)).body).toMatchObject({ success: true, statusCode: 200 });
    expect((await server.manage('GET', `${AC}/gone`)).status).toBe(404);
    expect((await server.manage('DELETE', `${AC}/gone`)).status).toBe(404);
    const again = await server.manage('POST', AC, { actionCode: 'gone' });
    expect([again.status, again.headers.etag, again.body.learn]).toEqual([201, '"3"', 'proceed']);
  });

  it('list all', async () => {
    expect((await server.manage('GET', AC)).body.map(({ actionCode }) => actionCode)).toEqual(['gone', 'signIn']);
  });

  it('warn of what lint says', async () => {
    const { body } = await server.manage('PATCH', `${AC}/gone`, { enrollment: 'allow' });
    expect(body.warnings).toEqual([expect.objectContaining({ code: 'enrollment-allow' })]);
  });
});

describe('tenant', () => {
  it('PATCH is partial and null goes back to the default', async () => {
    expect((await server.manage('PATCH', '/tenant', { name: 'ACME', tokenDurationInMinutes: 5 })).body).toMatchObject({
      name: 'ACME',
      tokenDurationInMinutes: 5,
    });
    expect((await server.manage('PATCH', '/tenant', { tokenDurationInMinutes: null })).body).toMatchObject({
      name: 'ACME',
      tokenDurationInMinutes: 10,
    });
  });
  it('its default outcome is that of actions configured later', async () => {
    await server.manage('PATCH', '/tenant', { defaultOutcome: 'REVIEW' });
    expect((await server.manage('POST', AC, { actionCode: 'later' })).body.defaultUserActionResult).toBe('REVIEW');
    await server.manage('PATCH', '/tenant', { defaultOutcome: null });
  });
  it.each([
    [{ tokenDurationInMinutes: 0 }],
    [{ tokenDurationInMinutes: 61 }],
    [{ allowedOrigins: ['https://app.example.org/'] }],
    [{ allowedOrigins: ['*'] }],
    [{ allowedOrigins: ['javascript:alert(1)'] }],
    [{ customDomains: ['https://x'] }],
    [{ defaultOutcome: 'MAYBE' }],
  ])('%j is refused', async (change) => {
    expect((await server.manage('PATCH', '/tenant', change)).status).toBe(400);
  });
});

describe('value lists', () => {
  it('are made, changed and removed', async () => {
    const made = await server.manage('POST', '/value-lists', {
      alias: 'office',
      name: 'Office',
      valueListItems: ['192.0.2.0/24', { value: '203.0.113.1', expiresAt: '2030-01-01T00:00:00Z' }],
    });
    expect([made.status, made.body.version, made.body.itemType, made.body.isActive]).toEqual([201, 1, 'string', true]);
    expect((await server.manage('POST', '/value-lists', { alias: 'office' })).body.error).toBe('already_exists');
    const changed = await server.manage('PATCH', '/value-lists/office', { valueListItems: ['a'], isActive: false });
    expect(changed.body).toMatchObject({ version: 2, valueListItems: ['a'], isActive: false, name: 'Office' });
    expect((await server.manage('GET', '/value-lists')).body.map(({ alias }) => alias)).toEqual(['office']);
    expect((await server.manage('DELETE', '/value-lists/office')).body.success).toBe(true);
    expect((await server.manage('GET', '/value-lists/office')).status).toBe(404);
  });

  it.each([
    [{ alias: 'a b' }],
    [{ alias: 'x', itemType: 'number', valueListItems: ['a'] }],
    [{ alias: 'x', valueListItems: [1] }],
    [{ alias: 'x', valueListItems: [{ value: 'a', expiresAt: 'soon' }] }],
    [{ alias: 'x', valueListItems: [null] }],
  ])('%j is refused', async (body) => {
    const answer = await server.manage('POST', '/value-lists', body);
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request']);
  });

  it('take 100,000 entries in one body, and not one more', async () => {
    const entries = Array.from({ length: 100_000 }, (_, nth) => `2001:db8:${(nth >> 16).toString(16)}:${(nth & 65_535).toString(16)}::/64`);
    const { status, body } = await server.manage('POST', '/value-lists', { alias: 'many', valueListItems: entries });
    expect([status, body.valueListItems]).toEqual([201, entries]);
    const more = await server.manage('PATCH', '/value-lists/many', { valueListItems: [...entries, '192.0.2.1'] });
    expect([more.status, more.body.error]).toEqual([400, 'invalid_request']);
    expect((await server.manage('GET', '/value-lists/many')).body.version).toBe(1);
    expect((await server.manage('DELETE', '/value-lists/many')).status).toBe(200);
  });

  it('one that a rule names stays, and keeps its type', async () => {
    await server.manage('POST', '/value-lists', { alias: 'blocked' });
    await server.manage('POST', AC, { actionCode: 'listed' });
    const conditions = { inList: [{ var: 'user.id' }, 'blocked'] };
    const rule = await server.manage('POST', `${AC}/listed/rules`, { name: 'Blocked users', type: 'BLOCK', conditions, isActive: false });
    expect(rule.status).toBe(201);
    const { status, body } = await server.manage('DELETE', '/value-lists/blocked');
    expect([status, body.error]).toEqual([409, 'in_use']);
    expect(body.details).toEqual([{ actionCode: 'listed', ruleId: rule.body.ruleId, name: 'Blocked users' }]);
    expect((await server.manage('PATCH', '/value-lists/blocked', { itemType: 'number' })).body.error).toBe('in_use');
    expect((await server.manage('PATCH', '/value-lists/blocked', { valueListItems: ['u'] })).status).toBe(200);
    await server.manage('DELETE', `${AC}/listed/rules/${rule.body.ruleId}`);
    expect((await server.manage('DELETE', '/value-lists/blocked')).status).toBe(200);
  });
});

describe('custom data points', () => {
  it('are declared once for actions and once for users', async () => {
    const made = await server.manage('POST', '/custom-data-points', { name: 'tier', dataType: 'text' });
    expect([made.status, made.body.modelType]).toEqual([201, 'action']);
    expect((await server.manage('POST', '/custom-data-points', { name: 'tier', dataType: 'number' })).body.error).toBe('already_exists');
    expect((await server.manage('POST', '/custom-data-points', { name: 'tier', dataType: 'text', modelType: 'user' })).status).toBe(201);
    expect((await server.manage('GET', '/custom-data-points/tier')).status).toBe(404);
    const changed = await server.manage('PATCH', `/custom-data-points/${made.body.id}`, { description: 'Tier', volatile: true });
    expect(changed.body).toMatchObject({ description: 'Tier', volatile: true, dataType: 'text' });
    expect((await server.manage('PATCH', `/custom-data-points/${made.body.id}`, { description: null })).body).not.toHaveProperty(
      'description',
    );
    expect((await server.manage('DELETE', `/custom-data-points/${made.body.id}`)).body.success).toBe(true);
  });

  it.each([
    [{ name: '__proto__', dataType: 'text' }],
    [{ name: 'constructor', dataType: 'text' }],
    [{ name: 'a.b', dataType: 'text' }],
    [{ name: 'x', dataType: 'date' }],
    [{ name: 'x', dataType: 'text', options: ['a'] }],
    [{ dataType: 'text' }],
  ])('%j is refused', async (body) => {
    expect((await server.manage('POST', '/custom-data-points', body)).status).toBe(400);
  });

  it('one that a rule names stays, and so does an option that it names', async () => {
    const { body: point } = await server.manage('POST', '/custom-data-points', {
      name: 'tags',
      dataType: 'multiselect',
      options: ['gift', 'crypto'],
    });
    await server.manage('POST', AC, { actionCode: 'tagged' });
    const rule = await server.manage('POST', `${AC}/tagged/rules`, {
      name: 'r',
      type: 'BLOCK',
      conditions: { hasAny: [{ var: 'custom.tags' }, ['crypto']] },
    });
    expect(rule.status).toBe(201);
    expect((await server.manage('DELETE', '/custom-data-points/tags')).body.error).toBe('in_use');
    expect((await server.manage('PATCH', `/custom-data-points/${point.id}`, { options: ['gift'] })).body.error).toBe('in_use');
    expect((await server.manage('PATCH', `/custom-data-points/${point.id}`, { options: ['crypto'] })).status).toBe(200);
    await server.manage('DELETE', `${AC}/tagged/rules/${rule.body.ruleId}`);
    expect((await server.manage('DELETE', '/custom-data-points/tags')).status).toBe(200);
  });
});

describe('signals', () => {
  it('are told with operators and causes, data points among them', async () => {
    await server.manage('POST', '/custom-data-points', { name: 'amount', dataType: 'number', description: 'Amount' });
    const { body } = await server.manage('GET', '/signals');
    const byName = new Map(body.map((signal) => [signal.name, signal]));
    expect(byName.get('device.isNew')).toMatchObject({
      category: 'Device',
      type: 'boolean',
      operators: expect.arrayContaining(['==', 'exists']),
      unknownWhen: [],
    });
    expect(byName.get('custom.amount')).toMatchObject({
      category: 'Custom',
      type: 'number',
      label: 'Amount',
      operators: expect.arrayContaining(['>=']),
    });
    expect(byName.get('risk.score')).toMatchObject({ category: 'Risk', type: 'number' });
  });
});

describe('authenticator configurations', () => {
  it('switch methods', async () => {
    expect((await server.manage('PATCH', '/authenticator-configurations/EMAIL_OTP', { isActive: false })).body).toMatchObject({
      id: 'EMAIL_OTP',
      isActive: false,
    });
    const { body } = await server.manage('GET', '/authenticator-configurations');
    expect(body.filter(({ isActive }) => !isActive).map(({ id }) => id)).toEqual(['EMAIL_OTP']);
    expect((await server.call('GET', '/v1/authenticators')).body).toContainEqual({ verificationMethod: 'EMAIL_OTP', isActive: false });
    expect((await server.manage('PATCH', '/authenticator-configurations/SMS', { isActive: true })).status).toBe(404);
    expect((await server.manage('GET', '/authenticator-configurations/SMS')).status).toBe(404);
    await server.manage('PATCH', '/authenticator-configurations/EMAIL_OTP', { isActive: null });
    expect((await server.manage('GET', '/authenticator-configurations/EMAIL_OTP')).body.isActive).toBe(true);
  });
  it('have the settings of each method; null is the default', async () => {
    const path = '/authenticator-configurations/PASSKEY';
    const origins = ['https://shop.example', 'https://shop.example:8443'];
    const set = await server.manage('PATCH', path, { rpId: 'stepward.example', relatedOrigins: origins, anything: 1 });
    expect(set.body).toEqual({
      id: 'PASSKEY',
      verificationMethod: 'PASSKEY',
      isActive: true,
      rpId: 'stepward.example',
      relatedOrigins: origins,
    });
    expect((await server.call('GET', '/.well-known/webauthn', undefined, { key: null })).body).toEqual({ origins });
    expect((await server.manage('PATCH', path, { rpId: null, relatedOrigins: null })).body).toEqual({
      id: 'PASSKEY',
      verificationMethod: 'PASSKEY',
      isActive: true,
      relatedOrigins: [],
    });
    const [latest] = (await server.manage('GET', '/audit?limit=1')).body;
    expect(latest).toMatchObject({
      what: 'authenticator-configuration.updated',
      subject: 'PASSKEY',
      detail: { before: { settings: { rpId: 'stepward.example' } } },
    });
  });
  it.each([
    ['PASSKEY', { rpId: 'evil.example' }, 'invalid_configuration'],
    ['PASSKEY', { rpId: 'example' }, 'invalid_configuration'],
    ['PASSKEY', { rpId: 'ward.example' }, 'invalid_configuration'],
    ['PASSKEY', { rpId: 'https://stepward.example' }, 'invalid_request'],
    ['PASSKEY', { rpId: 7 }, 'invalid_request'],
    ['PASSKEY', { relatedOrigins: ['http://shop.example'] }, 'invalid_request'],
    ['PASSKEY', { relatedOrigins: ['https://shop.example/'] }, 'invalid_request'],
    ['PASSKEY', { relatedOrigins: 'https://shop.example' }, 'invalid_request'],
    ['PASSKEY', { digits: 8 }, 'invalid_configuration'],
    ['EMAIL_OTP', { digits: 4 }, 'invalid_request'],
    ['EMAIL_OTP', { digits: '8' }, 'invalid_request'],
    ['EMAIL_OTP', { rpId: null }, 'invalid_configuration'],
    ['AUTHENTICATOR_APP', { issuer: 'x'.repeat(61) }, 'invalid_request'],
    ['AUTHENTICATOR_APP', { acceptsPreviousCode: 'no' }, 'invalid_request'],
    ['AUTHENTICATOR_APP', { isActive: 'no' }, 'invalid_request'],
    ['RECOVERY_CODE', { digits: 8 }, 'invalid_configuration'],
    ['EMAIL_MAGIC_LINK', { crossBrowser: 'yes' }, 'invalid_request'],
    ['EMAIL_OTP', { crossBrowser: true }, 'invalid_configuration'],
  ])('refuse %s %j', async (id, body, error) => {
    const before = await server.store.revision();
    const answer = await server.manage('PATCH', `/authenticator-configurations/${id}`, body);
    expect([answer.status, answer.body.error]).toEqual([400, error]);
    expect(await server.store.revision()).toBe(before);
  });
});

describe('evaluate', () => {
  it('hands attributes and drafts to the decision and stores nothing', async () => {
    await server.manage('POST', AC, { actionCode: 'try' });
    const before = await server.store.revision();
    const draft = { name: 'd', type: 'BLOCK', conditions: { '==': [{ var: 'device.isNew' }, true] } };
    const { status } = await server.manage('POST', `${AC}/try/evaluate`, {
      userId: 'u',
      attributes: { deviceId: 'd' },
      rules: [draft, { ...draft, ruleId: 'mine' }],
    });
    expect(status).toBe(200);
    expect(server.evaluations.at(-1)).toEqual([
      'try',
      {
        userId: 'u',
        attributes: { deviceId: 'd' },
        rules: [
          expect.objectContaining({ name: 'd', priority: 0, mode: 'production' }),
          expect.objectContaining({ ruleId: 'mine', priority: 1 }),
        ],
      },
    ]);
    expect(await server.store.revision()).toBe(before);
  });
  it('refuses bad attributes, bad drafts and unknown actions', async () => {
    const status = async (action: string, body: unknown) => (await server.manage('POST', `${AC}/${action}/evaluate`, body)).status;
    expect(await status('try', { attributes: { deviceId: 5 } })).toBe(400);
    expect(await status('try', { attributes: [] })).toBe(400);
    expect(await status('try', { rules: [{ name: 'd', type: 'BLOCK', conditions: { nope: 1 } }] })).toBe(400);
    expect(await status('nobody', {})).toBe(404);
  });
});

describe('audit', () => {
  it('names each change with who, what, before and after, newest first, page by page', async () => {
    const all = (await server.manage('GET', '/audit?limit=500')).body;
    const times = all.map(({ at }) => String(at));
    expect(times).toEqual(times.toSorted().reverse());
    expect(new Set(all.map(({ actor }) => actor))).toEqual(new Set(['management-key:environment-1']));
    const updated = all.find(({ what, subject }) => what === 'action.updated' && subject === 'gone');
    expect(updated?.detail).toMatchObject({ before: { learn: 'proceed' }, after: expect.anything() });
    const walked: unknown[] = [];
    let next: string | undefined = '/v1/management/audit?limit=7';
    while (next !== undefined) {
      const { body, headers }: { body: readonly Record<string, unknown>[]; headers: Readonly<Record<string, string>> } = await server.call(
        'GET',
        next,
        undefined,
        { key: 'management' },
      );
      walked.push(...body.map(({ id }) => id));
      next = /^<http:\/\/localhost:8787(.*)>; rel="next"$/.exec(headers.link ?? '')?.[1];
    }
    expect(walked).toEqual(all.map(({ id }) => id));
    expect((await server.manage('GET', '/audit?subject=gone')).body.map(({ what }) => what)).toContain('action.deleted');
    expect((await server.manage('GET', '/audit?cursor=x')).status).toBe(400);
  });
});

describe('people and reviews', () => {
  it('are audited', async () => {
    server.calls.length = 0;
    await server.manage('POST', '/users/u/reset', { reason: 'phone lost', waitSeconds: 60 });
    await server.manage('POST', '/users/u/devices/d-1/invalidate');
    await server.manage('DELETE', '/users/u/authenticators/a-1');
    await server.manage('DELETE', '/users/u');
    await server.manage('POST', '/reviews/u/signIn/k-1', { state: 'REVIEW_SUCCEEDED', reason: 'called back' });
    expect(server.calls.filter(({ name }) => name !== 'getUser').map(({ name, args }) => [name, ...args])).toEqual([
      ['resetUser', 'u', { reason: 'phone lost', waitSeconds: 60, actor: 'management-key:environment-1' }],
      ['invalidateDevice', 'u', 'd-1'],
      ['deleteAuthenticator', 'u', 'a-1'],
      ['deleteUser', 'u'],
      [
        'updateAction',
        { userId: 'u', action: 'signIn', idempotencyKey: 'k-1' },
        { state: 'REVIEW_SUCCEEDED', reason: 'called back', reviewer: 'management-key:environment-1' },
      ],
    ]);
    const audit = (await server.manage('GET', '/audit?limit=5')).body.map(({ what, subject }) => [what, subject]);
    expect(audit.sort()).toEqual([
      ['authenticator.deleted', 'u'],
      ['device.invalidated', 'u'],
      ['review.decided', 'u/signIn/k-1'],
      ['user.deleted', 'u'],
      ['user.reset', 'u'],
    ]);
  });
  it('a reset says why', async () => {
    expect((await server.manage('POST', '/users/u/reset', {})).status).toBe(400);
  });
  it('a refused decision is not audited', async () => {
    const strict = await running({
      beside: server,
      script: { updateAction: new StepwardError('invalid_transition', 'no', { state: 'BLOCK' }) },
    });
    const before = (await server.manage('GET', '/audit?limit=500')).body.length;
    const { status, body } = await strict.manage('POST', '/reviews/u/signIn/k-1', { state: 'REVIEW_SUCCEEDED' });
    expect([status, body.error, body.state]).toEqual([409, 'invalid_transition', 'BLOCK']);
    expect((await server.manage('GET', '/audit?limit=500')).body.length).toBe(before);
    await strict.stop();
  });
});

describe('app clients', () => {
  it('are made with defaults, changed, cleared and removed; each change is a version', async () => {
    const made = await server.manage('POST', '/app-clients', { clientId: 'web' });
    expect([made.status, made.headers.etag]).toEqual([201, '"1"']);
    expect(made.body).toEqual({
      clientId: 'web',
      name: 'web',
      accessTokenSeconds: 600,
      refreshTokenSeconds: 2_592_000,
      version: 1,
      createdAt: expect.any(String),
    });
    expect((await server.manage('POST', '/app-clients', { clientId: 'web' })).body.error).toBe('already_exists');
    const changed = await server.manage('PATCH', '/app-clients/web', { name: 'Web', accessTokenSeconds: 60 });
    expect(changed.body).toMatchObject({ name: 'Web', accessTokenSeconds: 60, refreshTokenSeconds: 2_592_000, version: 2 });
    const cleared = await server.manage('PATCH', '/app-clients/web', { name: null, accessTokenSeconds: null });
    expect(cleared.body).toMatchObject({ name: 'web', accessTokenSeconds: 600, version: 3 });
    expect((await server.manage('GET', '/app-clients/web')).body).toEqual(cleared.body);
    expect((await server.manage('GET', '/app-clients')).body).toEqual([cleared.body]);
    expect((await server.manage('DELETE', '/app-clients/web')).body).toMatchObject({ success: true, statusCode: 200 });
    for (const method of ['GET', 'PATCH', 'DELETE']) expect((await server.manage(method, '/app-clients/web', {})).status).toBe(404);
  });

  it('without a clientId one is made up', async () => {
    const { body } = await server.manage('POST', '/app-clients', { name: 'Phone' });
    expect(body.clientId).toMatch(/^[0-9a-f-]{36}$/);
    expect((await server.manage('GET', `/app-clients/${body.clientId}`)).body.name).toBe('Phone');
  });

  it('If-Match is honoured', async () => {
    await server.manage('POST', '/app-clients', { clientId: 'matched' });
    const stale = { headers: { 'if-match': '"7"' } };
    for (const method of ['PATCH', 'DELETE'])
      expect((await server.manage(method, '/app-clients/matched', {}, stale)).body.error).toBe('precondition_failed');
    expect((await server.manage('DELETE', '/app-clients/matched', undefined, { headers: { 'if-match': '"1"' } })).status).toBe(200);
  });

  it('each change is in the audit log', async () => {
    await server.manage('POST', '/app-clients', { clientId: 'audited' });
    await server.manage('PATCH', '/app-clients/audited', { name: 'A' });
    await server.manage('DELETE', '/app-clients/audited');
    const { body } = await server.manage('GET', '/audit?subject=audited');
    expect(body.map(({ what, actor }) => [what, actor])).toEqual(
      ['deleted', 'updated', 'created'].map((what) => [`app-client.${what}`, 'management-key:environment-1']),
    );
  });

  it.each([
    [{ clientId: 'a b' }],
    [{ clientId: '..' }],
    [{ clientId: '' }],
    [{ clientId: 'x'.repeat(129) }],
    // the `aud` of action tokens: an API that compares `aud` alone would take them for access tokens
    [{ clientId: 'test' }],
    [{ clientId: 'x', name: '' }],
    [{ clientId: 'x', accessTokenSeconds: 59 }],
    [{ clientId: 'x', accessTokenSeconds: 3601 }],
    [{ clientId: 'x', accessTokenSeconds: 60.5 }],
    [{ clientId: 'x', accessTokenSeconds: '600' }],
    [{ clientId: 'x', refreshTokenSeconds: 299 }],
    [{ clientId: 'x', refreshTokenSeconds: 31_536_001 }],
    [{ clientId: 'x', accessTokenSeconds: 600, refreshTokenSeconds: 300 }],
  ])('%j is refused', async (input) => {
    expect((await server.manage('POST', '/app-clients', input)).body.error).toBe('invalid_request');
    expect((await server.manage('GET', '/app-clients/x')).status).toBe(404);
  });
});
