import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { View, VisitCommand } from '../../../core/index.ts';
import { knownC } from './fake-visits.ts';
import { type Pages, servePages } from './serve-pages.ts';
import { ceremony, subject, type ViewName, views } from './views.ts';
import { visitor } from './visitor.ts';

let pages: Pages;
let own: ReturnType<typeof visitor>;
const start = async (view: View) => {
  pages = await servePages(view);
  own = visitor(pages);
};
afterEach(() => pages.close());

describe('each form', () => {
  it.each<[ViewName, Record<string, string>, VisitCommand]>([
    ['choose', { do: 'choose', method: 'EMAIL_OTP' }, { do: 'choose', method: 'EMAIL_OTP' }],
    ['choose', { do: 'cancel' }, { do: 'cancel' }],
    ['proveContact', { do: 'choose', method: 'EMAIL_OTP' }, { do: 'choose', method: 'EMAIL_OTP' }],
    ['emailCode', { do: 'resend' }, { do: 'resend' }],
    ['emailCode', { do: 'back' }, { do: 'back' }],
    ['enroll', { do: 'enroll', method: 'PASSKEY' }, { do: 'enroll', method: 'PASSKEY' }],
    ['enrollOptional', { do: 'skip' }, { do: 'skip' }],
    ['recoveryCodes', { do: 'codes-saved' }, { do: 'codes-saved' }],
    ['emailCode', { do: 'answer', challengeId: 'x', code: '123456' }, { do: 'answer', challengeId: 'x', response: '123456' }],
    [
      'appCode',
      { do: 'answer', challengeId: 'x', code: '1', remember: 'yes' },
      { do: 'answer', challengeId: 'x', response: '1', remember: true },
    ],
    ['passkey', { do: 'answer', challengeId: 'x', credential: '{"id":"a"}' }, { do: 'answer', challengeId: 'x', response: { id: 'a' } }],
    ['passkey', { do: 'answer', challengeId: 'x', credential: '{' }, { do: 'answer', challengeId: 'x', response: undefined }],
  ])('%s: %o', async (name, fields, command) => {
    await start(views[name]);
    const { status, headers } = await own.submit(fields);
    expect([status, headers.get('location')]).toEqual([303, `/challenge?c=${knownC}`]);
    expect(pages.visits.commands()).toEqual([command]);
  });

  it.each([
    ['482 193', '482193'],
    [' 482-193\n', '482193'],
    ['4 8 2–1—9‑3', '482193'],
    ['٤٨٢١٩٣', '482193'],
    ['۴۸۲۱۹۳', '482193'],
    ['４８２１９３', '482193'],
    ['k7qm-2xfd p3vh 7wtn', 'k7qm2xfdp3vh7wtn'],
    ['', ''],
  ])('takes a code typed as `%s`', async (typed, response) => {
    await start(views.emailCode);
    await own.submit({ do: 'answer', challengeId: 'x', code: typed });
    expect(pages.visits.commands()).toEqual([{ do: 'answer', challengeId: 'x', response }]);
  });

  it('does nothing for what no page offers, and shows the present page again', async () => {
    await start(views.choose);
    for (const fields of [
      {},
      { do: 'consume' },
      { do: 'choose' },
      { do: 'choose', method: 'NONE' },
      { do: 'answer' },
      { do: 'toString' },
      { do: '__proto__' },
    ]) {
      const { status, headers } = await own.submit(fields as Record<string, string>);
      expect([status, headers.get('location')]).toEqual([303, `/challenge?c=${knownC}`]);
    }
    expect(pages.visits.commands()).toEqual([]);
  });

  it('ends on a GET of ours, never on another origin: leaving too', async () => {
    await start(views.emailCode);
    const page = await own.get();
    pages.visits.show({ page: 'leave' });
    pages.visits.leaving = { applicationName: 'A', result: 'succeeded', target: { url: 'https://app.example/back' } };
    const { status, headers } = await own.post({ csrf: page.field('csrf'), do: 'cancel' });
    expect([status, headers.get('location')]).toEqual([303, `/challenge/done?c=${knownC}`]);
    const opened = await own.get();
    expect([opened.status, opened.headers.get('location')]).toEqual([303, `/challenge/done?c=${knownC}`]);
  });

  it('carries state, language, mode and forced enrollment on, byte for byte', async () => {
    await start(views.emailCode);
    const query = `state=a%20b+c%2Fd%zz"<&lang=en-GB&force_enrollment=true&c=${knownC}&mode=popup`;
    const target = `/challenge?c=${knownC}&mode=popup&force_enrollment=true&state=a%20b+c%2Fd%zz%22%3C&lang=en-GB`;
    const page = await own.get(`/challenge?${query}`);
    expect(page.body).toContain(`action="${target.replaceAll('&', '&amp;')}"`);
    const { headers } = await own.post({ csrf: page.field('csrf'), do: 'back' }, {}, target);
    expect(headers.get('location')).toBe(target);
  });
});

describe('what the page after a post says', () => {
  beforeEach(() => start(views.emailCode));

  const says = async (error: Parameters<typeof pages.visits.answers.push>[0]['error'], view?: View) => {
    if (view !== undefined) pages.visits.show(view);
    pages.visits.answers.push({ error });
    await own.submit({ do: 'answer', challengeId: 'challenge-1', code: '000000' });
    return own.get();
  };

  const app = { ...views.appCode, ceremony: ceremony({ method: 'AUTHENTICATOR_APP', triesLeft: 1, resendAt: undefined }) };

  it.each([
    ['wrong', views.emailCode, 'That code is not right. You have 3 tries left.'],
    ['wrong', app, 'That code is not right. You have 1 try left.'],
    ['wrong', views.passkey, 'That passkey could not be accepted.'],
    ['late', views.emailCode, 'That code is too old. Ask for a new one.'],
    ['spent', views.emailCode, 'That code was used up.'],
    ['wait', views.appWaiting, 'Too many tries. Wait 30 seconds, until <time'],
    ['wait', views.chooseWaiting, 'Too many tries. Wait 30 seconds, until <time'],
    ['wait', views.emailCode, 'That was too quick.'],
    ['not-sent', views.emailCode, 'The code could not be sent.'],
    ['not-sent', views.choose, 'The code could not be sent.'],
    ['cancelled-by-browser', views.passkey, 'The passkey was not used.'],
  ] as const)('%s', async (error, view, text) => {
    const { body, status } = await says(error, view);
    expect(status).toBe(200);
    expect(body).toContain(text);
    expect(body).toMatch(/<title>Error: /);
    expect(body).toMatch(/<div class="error" role="alert" tabindex="-1" autofocus>/);
  });

  it('ties the error to the field', async () => {
    const { body } = await says('wrong');
    expect(body).toMatch(/<input type="text" id="code"[^>]*aria-invalid="true" aria-describedby="hint"/);
    expect(body).toContain('<p class="hint" id="hint">');
  });

  it('never repeats the code that was typed: not in the page, an address, a header or a cookie', async () => {
    for (const error of ['wrong', 'late', 'wait', 'spent', undefined] as const) {
      pages.visits.answers.push(error ? { error } : {});
      const { headers } = await own.submit({ do: 'answer', challengeId: 'challenge-1', code: '739 146' });
      const { body, headers: shown } = await own.get();
      expect(body + JSON.stringify([...headers, ...shown, ...own.jar])).not.toMatch(/739.?146/);
    }
  });

  it('is said once: a reload shows the page without it', async () => {
    await says('wrong');
    const { body } = await own.get();
    expect(body).not.toContain('Error:');
    expect(pages.visits.commands()).toHaveLength(1);
  });

  it('is nothing in the address, and nothing in the page of another visit', async () => {
    pages.visits.answers.push({ error: 'wrong' });
    const { headers } = await own.submit({ do: 'answer', challengeId: 'challenge-1', code: '0' });
    expect(headers.get('location')).toBe(`/challenge?c=${knownC}`);
    own.jar.set('__Host-stepward-notice', `late.${own.jar.get('__Host-stepward-notice')?.split('.')[1]}`);
    expect((await own.get()).body).not.toContain('Error:');
  });

  it('tells that a new code is on its way', async () => {
    await own.submit({ do: 'resend' });
    const { body } = await own.get();
    expect(body).toMatch(/role="status">A new code is on its way/);
    expect(body).not.toContain('Error:');
  });

  it('a code over its time says so, and one that cannot be sent again offers no other', async () => {
    pages.visits.show({ ...views.emailCode, ceremony: ceremony({ expiresAt: 0, resendAt: undefined }), subject: subject() });
    const { body } = await own.get();
    expect(body).toContain('It no longer works.');
    expect(body).not.toContain('value="resend"');
  });
});

describe('the core in trouble', () => {
  it('is said, with a way to try again; nothing is lost and no cookie is set', async () => {
    await start(views.emailCode);
    const page = await own.get();
    pages.visits.failure = new Error('connect ECONNREFUSED 10.0.0.1:5432');
    for (const answer of [
      await own.get(),
      await own.post({ csrf: page.field('csrf'), do: 'answer', challengeId: 'challenge-1', code: '1' }),
      await own.get(`/challenge/done?c=${knownC}`),
    ]) {
      expect([answer.status, answer.setCookies]).toEqual([503, []]);
      expect(answer.body).toContain(`href="/challenge?c=${knownC}"`);
      expect(answer.body).not.toMatch(/ECONNREFUSED|10\.0\.0\.1/);
    }
    expect(pages.logged).toHaveLength(3);
    pages.visits.failure = undefined;
    expect((await own.get()).body).toContain('Enter the code we sent');
  });
});
